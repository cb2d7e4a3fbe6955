"""What is kept: its memory against its bytes, and how often it is hit."""

import asyncio
import os
import re
import subprocess
import time

from client import CONSOLIDATED, crowd, get
from figures import Bound, Table, body_size
from load import Invalid
from processes import Upstreams
from report import ROOT
from servers import LASTING, PRINCIPAL, gateway

USERS, ENTRY = 1000, 200


def filled(port, first, count):
    """`count` users ask once each."""
    def request(n):
        user = first + n
        return get(CONSOLIDATED, f"Authorization: Bearer user-{user}-token\r\nx-user-id: {user}\r\nx-user-role: USER\r\n")
    load = asyncio.run(crowd(port, 8, count, request))
    if problems := load.problems():
        raise Invalid(f"answers failed: {problems}")


def memory(run):
    upstreams = run.own(Upstreams("upstreams", run.folder, run.small))
    # A fifth section, never cached, has the same bytes as the fourth: a document with it is not kept as a whole, and what remains is
    # what is asked about.
    config = os.path.join(run.folder, "five.yaml")
    with open(config, "w") as f:
        f.write("sections:\n  extra:\n    upstream: dashboard\n    path: /getDashboardInfo\n    shape: list\n    cache:\n      enabled: false\n")
    ours = run.own(gateway(run.binary, run.folder, {**upstreams.environment, **LASTING, **PRINCIPAL}, "gateway", "--config", config))
    filled(ours.port, 10_000_000, 40)
    # The same ones again and again: buffers, pools and parsers grow to what they will be.
    for _ in range(5):
        filled(ours.port, 10_000_000, 40)
    time.sleep(0.5)
    rss, calls = [ours.memory()], upstreams.requests()
    for part in range(4):
        filled(ours.port, 1 + part * USERS // 4, USERS // 4)
        rss.append(ours.memory())
    # The status page counts the request that asks for it.
    fetched = upstreams.requests() - calls - 1
    filled(ours.port, 1, USERS)
    again = upstreams.requests() - calls - 2 - fetched
    if fetched != 5 * USERS or again != USERS:
        raise Invalid(f"{fetched} calls to fill and {again} to ask again, where {5 * USERS} and {USERS} are right")
    stored = USERS * body_size(run.small) / 2**20
    expected = stored + USERS * 4 * ENTRY / 2**20
    grown = rss[-1] - rss[0]
    table = Table("Memory of what is kept", ["1,000 users, four sections each", "MB"])
    table.rows += [["bytes of the sections", f"{stored:.1f}"], [f"with {ENTRY} B an entry", f"{expected:.1f}"],
                   ["RSS before", f"{rss[0]:.1f}"], *([f"RSS with {USERS // 4 * n} users", f"{rss[n]:.1f}"] for n in range(1, 5)),
                   ["grown by", f"{grown:.1f}"]]
    table.bounds.append(Bound("RSS grown / bytes and 200 B an entry", grown / expected, 1.10))
    table.notes.append("RSS holds also what the allocator rounds up to, the index of what is computed from a section, and whatever buffers grew meanwhile.")
    return table


def hit_rates(run):
    """From the tests, which hold them to LRU; nothing is measured in time."""
    done = subprocess.run(["swift", "test", "--skip-build", "--filter", "HitRateTests"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=120)
    rates = sorted(set(re.findall(r"hit rate: (zipf [\d.]+(?:, scanned)?): S3-FIFO ([\d.]+), LRU ([\d.]+)", done.stdout)))
    table = Table("Hit rate", ["20,000 sections, a tenth of their bytes fits, 60,000 requests", "S3-FIFO", "LRU"])
    table.rows += [[trace, f"{float(ours):.3f}", f"{float(lru):.3f}"] for trace, ours, lru in rates]
    if not rates:
        table.notes.append("Not known here: the tests have not been built (`make test` prints the rates).")
    else:
        table.notes.append("Seeded requests, the same for both. *Scanned*: after every 5,000 requests come 2,000 keys that are asked for once.")
    for trace, ours, lru in rates:
        table.bounds.append(Bound(f"misses of S3-FIFO / of LRU, {trace}", (1 - float(ours)) / (1 - float(lru)), 1.03))
    return table
