"""Redis killed and frozen under load, and how soon it is used again."""

import os
import subprocess
import threading
import time

from client import quantile
from figures import Bound, Table
from load import Invalid, on_load_core
from processes import Cores
from report import ROOT
from servers import CREDENTIALS, Fakes, Redis, gateway

USERS, RATE = 400, 2000


def pacer(run):
    """The open load of the fault benches."""
    path = os.path.join(run.folder, "pacer")
    subprocess.run(["go", "build", "-o", path, "."], cwd=os.path.join(ROOT, "Benchmarks/faults/pacer"), check=True,
                   env={**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false", "GOCACHE": os.environ.get("GOCACHE", os.path.join(run.folder, "go"))})
    return path


def used_again(redis, limit=10):
    """Seconds from now until the gateway reads from Redis."""
    def reads():
        stats = redis.info("commandstats") or {}
        return int(stats.get("cmdstat_get", "calls=0").split(",")[0].split("=")[1])
    start, before = time.monotonic(), reads()
    while time.monotonic() - start < limit:
        if reads() > before:
            return time.monotonic() - start
        time.sleep(0.02)
    raise Invalid(f"Redis is back, and not used for {limit} s")


def disturbed(run, ours, redis, tool, requests, trouble):
    """Thirds: all is well, Redis is in trouble, Redis is back. Answers as (due, milliseconds, status, complete), and seconds until it was used again."""
    seconds, found, failed = requests / RATE, [], []

    def troubles():
        try:
            time.sleep(seconds / 3)
            getattr(redis, trouble)()
            time.sleep(seconds / 3)
            found.append(back(run, redis, trouble))
        except Exception as error:  # told to the figure, which is in another thread
            failed.append(error)

    thread = threading.Thread(target=troubles)
    thread.start()
    url = ours.url("/api/dashboard/consolidated?user_id={user}")
    done = subprocess.run([tool, url, str(RATE), str(seconds), str(USERS)], stdout=subprocess.PIPE, text=True, preexec_fn=on_load_core,
                          timeout=seconds + 60)
    thread.join()
    if failed:
        raise failed[0]
    answers = []
    for line in done.stdout.splitlines():
        sent, took, status, whole, _ = line.split()
        answers.append((float(sent), float(took) * 1000, int(status), whole == "true"))
    return answers, found[0]


def back(run, redis, trouble):
    if trouble == "freeze":
        redis.thaw()
        return used_again(redis)
    run.revived = run.own(Redis(run.folder, redis.port))
    return used_again(run.revived)


def redis_failures(run):
    tool, requests = pacer(run), 6000 if run.quick else 50000
    table = Table("Redis in trouble", [f"{RATE:,} requests a second, {USERS} users", "requests", "not 2xx", "partial or stale", "p99 before, ms", "p99 in trouble, ms",
                                       "p99 after, ms", "longest, ms", "used again after, s"])
    for trouble, label in (("kill", "killed"), ("freeze", "frozen (SIGSTOP)")):
        fakes = run.own(Fakes(run.binary, run.folder, "--users", str(USERS), "--accounts", "5", "--posts", "50"))
        redis = run.own(Redis(run.folder))
        # A memory that holds some of it, so that Redis matters, and lifetimes that end while it is away.
        env = {**fakes.environment, **redis.environment, **CREDENTIALS, "TRIBUTARY_CACHE_MEMORY": "1MB", "TRIBUTARY_CACHE_TTL": "5s"}
        ours = run.own(gateway(run.binary, run.folder, env))
        subprocess.run([tool, ours.url("/api/dashboard/consolidated?user_id={user}"), str(RATE / 2), "2", str(USERS)], stdout=subprocess.DEVNULL,
                       preexec_fn=on_load_core, timeout=60)
        answers, again = disturbed(run, ours, redis, tool, requests, trouble)
        third = requests / RATE / 3
        p99 = [quantile(sorted(ms for sent, ms, _, _ in answers if third * n <= sent < third * (n + 1)), 0.99) for n in range(3)]
        bad = sum(1 for _, _, status, _ in answers if not 200 <= status < 300)
        partial = sum(1 for _, _, _, whole in answers if not whole)
        table.rows.append([label, f"{len(answers):,}", f"{bad}", f"{partial}", *(f"{ms:.1f}" for ms in p99), f"{max(a[1] for a in answers):.0f}", f"{again:.2f}"])
        table.bounds += [Bound(f"{label}: not 2xx", bad, 0), Bound(f"{label}: p99 over before", p99[1] - p99[0], 20, "ms"),
                         Bound(f"{label}: used again after", again, 5, "s")]
        for process in (ours, getattr(run, "revived", redis), redis, fakes):
            process.stop()
    table.notes.append(f"A third of the requests each before, during and after. Memory of 1 MB and `ttl` 5 s: most of what is asked for has to come from Redis or, "
                       "where it is away, from the upstreams. Requests are sent when they are due, whether the earlier ones are answered or not. "
                       f"The gateway has core {min(Cores.measured)} for itself.")
    return table
