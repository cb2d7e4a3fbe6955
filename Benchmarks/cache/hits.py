"""What a hit costs: in memory against Varnish and nginx, and in Redis against memory."""

from statistics import median

from figures import CONSOLIDATED, SUMMARY, Bound, Table, body_size, interleaved, ratios
from load import Invalid, spread, wrk
from processes import Upstreams
from servers import LASTING, PRINCIPAL, Redis, StaticFile, Varnish, asked, gateway

USERS = 400  # 15 MB of sections, where the memory of the gateway that is to miss is 1 MB


def differences(above, below, value):
    """Of each round, as with ratios."""
    return [value(a) - value(b) for a, b in zip(above, below)]


def row(label, loads, *more):
    return [label, spread([l.cpu_us for l in loads], 1), f"{median(l.requests / l.seconds for l in loads):,.0f}",
            f"{median(l.p50_us for l in loads) / 1000:.2f}", f"{median(l.p99_us for l in loads) / 1000:.2f}", *more]


def memory_hits(run):
    upstreams = run.own(Upstreams("upstreams", run.folder, run.small))
    ours = run.own(gateway(run.binary, run.folder, {**upstreams.environment, **LASTING}))
    asked(ours.url(CONSOLIDATED))
    fields, body = asked(ours.url(CONSOLIDATED))
    if fields["Cache-Status"].count(";hit") != 4:
        raise Invalid(f"the second answer is no hit: {fields['Cache-Status']}")
    static = run.own(StaticFile(run.folder, body, CONSOLIDATED))
    varnish = run.own(Varnish(run.folder, static, CONSOLIDATED))
    known = {"BENCH_IF_NONE_MATCH": fields["ETag"]}
    what = {
        "tributary, hit": lambda s: wrk(ours, ours.url(CONSOLIDATED), 32, s, upstreams, expect=len(body)),
        "tributary, 304": lambda s: wrk(ours, ours.url(CONSOLIDATED), 32, s, upstreams, env=known),
        "tributary, /summary, hit": lambda s: wrk(ours, ours.url(SUMMARY), 32, s, upstreams, expect=200),
        "Varnish, hit": lambda s: wrk(varnish, varnish.url(CONSOLIDATED), 32, s, upstreams, expect=len(body)),
        "nginx, static file": lambda s: wrk(static, static.url(CONSOLIDATED), 32, s, upstreams, expect=len(body)),
    }
    for warm in what.values():
        warm(1)
    found = interleaved(run.rounds, {label: (lambda m=m: m(2)) for label, m in what.items()})
    table = Table("Hits in memory", ["32 connections, one loop, one core each", "CPU µs per request", "requests/s", "p50 ms", "p99 ms", "bytes"])
    for label, loads in found.items():
        table.rows.append(row(label, loads, f"{median(l.bytes / l.requests for l in loads):,.0f}"))
        if any(l.calls > 0.001 for l in loads):
            raise Invalid(f"{label} has asked the upstreams")
    hit, unchanged, _, peer, floor = found.values()
    if median(l.bytes / l.requests for l in unchanged) > 2000:
        raise Invalid("what should be 304 has a body")
    table.bounds += [Bound("hit, ours / Varnish", median(ratios(hit, peer)), 1.3), Bound("hit, ours / nginx", median(ratios(hit, floor)), 2.2),
                     Bound("304 / hit", median(ratios(unchanged, hit)), 0.8)]
    table.notes.append(f"The same {len(body) / 1000:.0f} KB from all. Ours writes a log line a request, with the state of each section; nginx and Varnish log "
                       "nothing to a file. A server that is slower than its clients also pays for waking them.")
    return table


def redis_hits(run):
    upstreams = run.own(Upstreams("upstreams", run.folder, run.small))
    redis = run.own(Redis(run.folder))
    env = {**upstreams.environment, **LASTING, **PRINCIPAL, **redis.environment}
    big = run.own(gateway(run.binary, run.folder, {**env, "TRIBUTARY_CACHE_MEMORY": "512MB"}, "gateway-memory"))
    small = run.own(gateway(run.binary, run.folder, {**env, "TRIBUTARY_CACHE_MEMORY": "1MB"}, "gateway-redis"))
    users, whole = {"BENCH_PRINCIPALS": str(USERS)}, body_size(run.small)

    def measure(server, connections, seconds=2):
        def once():
            before = redis.hits()
            load = wrk(server, server.url(CONSOLIDATED), connections, seconds, upstreams, env=users, expect=whole)
            return load, (redis.hits() - before) / load.requests
        return once

    what = {("memory", 32): measure(big, 32), ("Redis", 32): measure(small, 32), ("memory", 1): measure(big, 1), ("Redis", 1): measure(small, 1)}
    # The first brings all sections into Redis and its own memory; then whoever finds nothing in memory finds it there.
    for warm in (measure(big, 8, 2), measure(small, 8, 1)):
        warm()
    found = interleaved(run.rounds, what)
    table = Table("Hits in Redis", [f"{USERS} users in turns, four sections each", "CPU µs per request", "requests/s", "p50 ms", "p99 ms",
                                    "sections from Redis", "upstream calls"])
    for (level, connections), loads in found.items():
        table.rows.append(row(f"{level}, {connections} connection{'s' * (connections > 1)}", [l for l, _ in loads],
                              f"{median(h for _, h in loads):.2f}", f"{median(l.calls for l, _ in loads):.2f}"))
        if median(l.calls for l, _ in loads) > 0.01:
            raise Invalid(f"{level} has asked the upstreams: {median(l.calls for l, _ in loads):.2f} calls a request")
    if median(h for _, h in found["Redis", 32]) < 3.5 or median(h for _, h in found["memory", 32]) > 0.1:
        raise Invalid("what should come from Redis comes from memory, or the other way about")
    alone = lambda key: [l for l, _ in found[key]]
    table.bounds += [
        Bound("Redis hit, CPU over a memory hit", median(differences(alone(("Redis", 32)), alone(("memory", 32)), lambda l: l.cpu_us)), 60, "µs"),
        Bound("Redis hit, p50 over a memory hit", median(differences(alone(("Redis", 1)), alone(("memory", 1)), lambda l: l.p50_us / 1000)), 0.3, "ms")]
    table.notes.append(f"Two gateways, one with 512 MB and one with 1 MB, of which {USERS} users need 15 MB: everything it is asked for has been thrown out since. "
                       f"All four sections, {whole / 1000:.0f} KB, come from Redis, are verified, unpacked and read, and the document is put together and hashed "
                       "anew. p50 is compared at one connection: with more it is a queue.")
    return table
