"""What it costs to be looked at: the same requests with and without metrics."""

import urllib.request
from statistics import median

from figures import CONSOLIDATED, Bound, Table, interleaved, ratios
from hits import row
from load import Invalid, wrk
from processes import Server, Upstreams, free_ports
from servers import CREDENTIALS, LASTING, asked

UNCACHED = {"TRIBUTARY_CACHE_ENABLED": "false"}
# What is switched off, and what it is called.
MODES = {"without": {"TRIBUTARY_METRICS_ENABLED": "false"}, "with metrics": {}}
KINDS = {"hit, given again": (LASTING, {}), "hit, no two requests the same": (LASTING, {"BENCH_DISTINCT": "1"}), "uncached": (UNCACHED, {})}


def watched(run, env, name):
    """A gateway, and the port of its admin listener."""
    (admin,) = free_ports(1)
    server = run.own(Server(name, [run.binary, "serve", "--host", "127.0.0.1", "--port", "{port}", "--loops", "1"], run.folder,
                            {"TRIBUTARY_SERVER_DRAIN": "0s", "TRIBUTARY_LOG_LEVEL": "warning", **CREDENTIALS, **env, "TRIBUTARY_ADMIN_PORT": str(admin)}))
    return server, admin


def page(admin):
    with urllib.request.urlopen(f"http://127.0.0.1:{admin}/metrics", timeout=10) as answer:
        return answer.read().decode()


def requests_counted(text):
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith("tributary_requests_total{"))


def observability(run):
    upstreams = run.own(Upstreams("upstreams", run.folder, run.small))
    what, admins, totals = {}, {}, {}
    for kind, (base, load_env) in KINDS.items():
        for mode, more in MODES.items():
            label = f"{kind}, {mode}"
            server, admin = watched(run, {**upstreams.environment, **base, **more}, f"gateway-{len(what)}")
            for _ in range(2):
                _, body = asked(server.url(CONSOLIDATED))
            if mode != "without":
                admins[label], totals[label] = admin, 2

            def measure(label=label, server=server, whole=len(body), load_env=load_env):
                load = wrk(server, server.url(CONSOLIDATED), 32, 2, upstreams, env=load_env, expect=whole)
                totals[label] = totals.get(label, 0) + load.requests
                return load
            what[label] = measure
    for warm in what.values():
        warm()
    # Differences of two per cent: more rounds than elsewhere.
    rounds = run.rounds * 3
    found = interleaved(rounds, what)
    table = Table("Metrics", ["32 connections, one loop", "CPU µs per request", "requests/s", "p50 ms", "p99 ms"])
    for label, loads in found.items():
        table.rows.append(row(label, loads))
    for kind in KINDS:
        above, below = found[f"{kind}, with metrics"], found[f"{kind}, without"]
        table.bounds.append(Bound(f"CPU with metrics / without, {kind}", median(ratios(above, below)), 1.02))
        added = median(a.cpu_us - b.cpu_us for a, b in zip(above, below))
        table.notes.append(f"{kind}: {added:+.2f} µs a request.")
    size = 0
    for label, admin in admins.items():
        text = page(admin)
        size = max(size, len(text))
        # wrk counts what it has received; up to 32 of each run were answered and not counted by it.
        missed = requests_counted(text) - totals[label]
        if not 0 <= missed <= 32 * (rounds + 1):
            raise Invalid(f"{label}: {requests_counted(text):.0f} requests on the page, {totals[label]} asked")
    table.notes.append(f"No access lines. A page has {size / 1000:.0f} KB; what it counts is what was asked.")
    return table
