"""What a flood from one address does to the others."""

import os
import subprocess
import time
from collections import Counter
from statistics import median

from client import quantile
from failures import pacer
from figures import CONSOLIDATED, Bound, Table
from load import Invalid, on_load_core
from processes import Upstreams
from servers import CREDENTIALS, LASTING, Redis, asked, gateway

# Ten clients, each within its limit; one that sends ten times what all of them send together, and one that sends as much as it can.
CLIENTS, RATE, FLOOD = 10, 500, 5000
FLOODS = {f"{FLOOD} a second, 10 connections": ["-c", "10", "--rps", str(FLOOD // 10)], "all it can, 100 connections": ["-c", "100"]}
LIMIT = "server:\n  trusted_proxies: [127.0.0.1]\nrate_limits:\n  clients: {by: address, limit: 100, per: 1s, burst: 50}\n"


def first_of_all(process_id=0):
    """Before everybody else on the core of the clients, where that may be asked for: it is the gateway that is measured."""
    try:
        os.sched_setscheduler(process_id, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pass


def at_once():
    on_load_core()
    first_of_all()


def others(tool, url, seconds):
    """The 99th percentile and the median of those within their limit, in milliseconds."""
    said = subprocess.run([tool, url, str(RATE), str(seconds), str(CLIENTS), "X-Forwarded-For: 192.0.2.{user}"], stdout=subprocess.PIPE,
                          text=True, check=True, preexec_fn=at_once, timeout=seconds + 60).stdout
    found = [(float(took) * 1000, int(status)) for _, took, status, _, _ in map(str.split, said.splitlines())]
    refused = Counter(status for _, status in found if status != 200)
    if refused:
        raise Invalid(f"of {len(found)} requests within their limit some are not answered with 200: {dict(refused)}")
    times = sorted(took for took, _ in found)
    return quantile(times, 0.99), quantile(times, 0.5)


class Flood:
    """One address that sends whatever it is told; at a rate, h2load sends what is due on each connection every 10 ms.

    It runs only when nobody else wants its processor: it is the gateway that is measured, not who gets the core that all clients share.
    """

    def __init__(self, run, url, seconds, how):
        self.log = os.path.join(run.folder, "flood.log")
        if os.path.exists(self.log):
            os.remove(self.log)
        self.child = subprocess.Popen(
            ["chrt", "--idle", "0", "h2load", "--h1", *how, "-t", "1", "-D", str(seconds),
             "-H", "X-Forwarded-For: 198.51.100.1", f"--log-file={self.log}", url], stdout=subprocess.DEVNULL, preexec_fn=on_load_core)

    def statuses(self):
        """How often each, in all."""
        self.child.wait(60)
        with open(self.log) as lines:
            return Counter(line.split()[1] for line in lines)


def measure(run, table, named, how, tool, seconds):
    (name, server), (flood, options) = named, how
    url, rounds = server.url(CONSOLIDATED), []
    for _ in range(run.rounds):
        cpu = server.cpu_seconds()
        calm = others(tool, url, seconds)
        cpu, start = server.cpu_seconds() - cpu, server.cpu_seconds()
        sender = Flood(run, url, seconds + 1, options)
        time.sleep(0.5)
        disturbed = others(tool, url, seconds)
        found = sender.statuses()
        rounds.append((calm, disturbed, found["429"] / found.total(), (server.cpu_seconds() - start - cpu) * 1e6 / found.total(), found.total() / (seconds + 1)))
    ratio = median(disturbed[0] / calm[0] for calm, disturbed, *_ in rounds)
    shown = lambda which: ", ".join(f"{median(which(r)[place] for r in rounds):.2f}" for place in (1, 0))
    table.rows.append([name, f"{flood}: {median(r[4] for r in rounds):,.0f}/s", shown(lambda r: r[0]), shown(lambda r: r[1]), f"{ratio:.2f}",
                       f"{median(r[2] for r in rounds):.1%}", f"{median(r[3] for r in rounds):.1f}"])
    if "--rps" in options:
        sent = median(r[4] for r in rounds)
        if sent < 0.9 * FLOOD:
            raise Invalid(f"the flood was {sent:,.0f} a second, where {FLOOD} are meant: something else wants the core of the clients")
        table.bounds.append(Bound(f"p99 of the others during a flood / before it, limit {name}", ratio, 1.5))


def flooded(run):
    upstreams = run.own(Upstreams("upstreams", run.folder, run.small))
    path, tool, seconds = os.path.join(run.folder, "limit.yaml"), pacer(run), 2 if run.quick else 6
    with open(path, "w") as f:
        f.write(LIMIT)
    env = {**upstreams.environment, **LASTING, **CREDENTIALS}
    redis = run.own(Redis(run.folder))
    # It has a machine of its own elsewhere, and does not wait there for a flood of other people's clients.
    first_of_all(redis.child.pid)
    servers = {"in memory": run.own(gateway(run.binary, run.folder, env, "memory", "--config", path)),
               "in Redis": run.own(gateway(run.binary, run.folder, {**env, **redis.environment}, "shared", "--config", path))}
    table = Table("A flood from one address", ["limit", "the flood", "the others' p50, p99 ms", "with the flood", "p99, times", "of the flood refused", "CPU µs per request refused"])
    for name, server in servers.items():
        asked(server.url(CONSOLIDATED))
        for flood, how in FLOODS.items():
            measure(run, table, (name, server), (flood, how), tool, seconds)
    table.notes.append(f"{CLIENTS} addresses send {RATE} requests a second in all, each half of its limit; the flood is from one more. Clients and "
                       "Redis share one core, where those within their limit and Redis go first and the flood last; the gateway has the other.")
    return table
