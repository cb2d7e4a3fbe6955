"""What a hit costs: in memory against Varnish and nginx, and in Redis against memory."""

from statistics import median

from figures import CONSOLIDATED, SUMMARY, Bound, Table, body_size, interleaved, ratios
from load import Invalid, spread, wrk
from processes import Upstreams
from servers import LASTING, PRINCIPAL, Redis, StaticFile, Varnish, asked, gateway

USERS = 400  # 15 MB of sections, where the memory of the gateway that is to miss is 1 MB; as many documents as a loop keeps put together
MANY = 2000  # five times what a loop keeps put together


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

    def known_by(peer):
        return {"BENCH_IF_NONE_MATCH": asked(peer.url(CONSOLIDATED))[0]["ETag"]}

    what = {
        "tributary, hit": lambda s: wrk(ours, ours.url(CONSOLIDATED), 32, s, upstreams, expect=len(body)),
        "tributary, 304": lambda s: wrk(ours, ours.url(CONSOLIDATED), 32, s, upstreams, env=known),
        "tributary, /summary, hit": lambda s: wrk(ours, ours.url(SUMMARY), 32, s, upstreams, expect=200),
        "Varnish, hit": lambda s: wrk(varnish, varnish.url(CONSOLIDATED), 32, s, upstreams, expect=len(body)),
        "nginx, static file": lambda s: wrk(static, static.url(CONSOLIDATED), 32, s, upstreams, expect=len(body)),
        "Varnish, 304": lambda s: wrk(varnish, varnish.url(CONSOLIDATED), 32, s, upstreams, env=known_by(varnish)),
        "nginx, 304": lambda s: wrk(static, static.url(CONSOLIDATED), 32, s, upstreams, env=known_by(static)),
    }
    for warm in what.values():
        warm(1)
    found = interleaved(run.rounds, {label: (lambda m=m: m(2)) for label, m in what.items()})
    table = Table("Hits in memory", ["32 connections, one loop, one core each", "CPU µs per request", "requests/s", "p50 ms", "p99 ms", "bytes"])
    for label, loads in found.items():
        table.rows.append(row(label, loads, f"{median(l.bytes / l.requests for l in loads):,.0f}"))
        if any(l.calls > 0.001 for l in loads):
            raise Invalid(f"{label} has asked the upstreams")
    hit, unchanged, _, peer, floor, peer_unchanged, floor_unchanged = found.values()
    for loads in (unchanged, peer_unchanged, floor_unchanged):
        if median(l.bytes / l.requests for l in loads) > 2000:
            raise Invalid("what should be 304 has a body")
    table.bounds += [Bound("hit, ours / Varnish", median(ratios(hit, peer)), 1.3), Bound("hit, ours / nginx", median(ratios(hit, floor)), 2.2),
                     Bound("304 / hit", median(ratios(unchanged, hit)), 0.8)]
    table.notes.append(f"The same {len(body) / 1000:.0f} KB from all. Ours writes a log line a request, with the state of each section; nginx and Varnish log "
                       "nothing to a file. A server that is slower than its clients also pays for waking them.")
    table.notes.append("304 over the same server's whole answer: " + ", ".join(
        f"{name} {median(ratios(less, more)):.2f}"
        for name, less, more in (("ours", unchanged, hit), ("Varnish", peer_unchanged, peer), ("nginx", floor_unchanged, floor))) + ".")
    return table


def redis_hits(run):
    upstreams = run.own(Upstreams("upstreams", run.folder, run.small))
    redis = run.own(Redis(run.folder))
    env = {**upstreams.environment, **LASTING, **PRINCIPAL, **redis.environment}
    big = run.own(gateway(run.binary, run.folder, {**env, "TRIBUTARY_CACHE_MEMORY": "512MB"}, "gateway-memory"))
    small = run.own(gateway(run.binary, run.folder, {**env, "TRIBUTARY_CACHE_MEMORY": "1MB"}, "gateway-redis"))
    whole = body_size(run.small)

    def measure(server, connections, seconds=2, users=USERS):
        def once():
            before = redis.hits()
            load = wrk(server, server.url(CONSOLIDATED), connections, seconds, upstreams, env={"BENCH_PRINCIPALS": str(users)}, expect=whole)
            return load, (redis.hits() - before) / load.requests
        return once

    what = {("memory", 32, USERS): measure(big, 32), ("Redis", 32, USERS): measure(small, 32), ("memory", 1, USERS): measure(big, 1),
            ("Redis", 1, USERS): measure(small, 1), ("memory", 32, MANY): measure(big, 32, users=MANY),
            ("Redis", 32, MANY): measure(small, 32, users=MANY)}
    # The first brings all sections into Redis and its own memory; then whoever finds nothing in memory finds it there.
    for warm in (measure(big, 8, 4, MANY), measure(small, 8, 1)):
        warm()
    found = interleaved(run.rounds, what)
    table = Table("Hits in Redis", ["users in turns, four sections each", "CPU µs per request", "requests/s", "p50 ms", "p99 ms",
                                    "sections from Redis", "upstream calls"])
    for (level, connections, users), loads in found.items():
        table.rows.append(row(f"{level}, {connections} connection{'s' * (connections > 1)}, {users:,} users", [l for l, _ in loads],
                              f"{median(h for _, h in loads):.2f}", f"{median(l.calls for l, _ in loads):.2f}"))
        if median(l.calls for l, _ in loads) > 0.01:
            raise Invalid(f"{level} has asked the upstreams: {median(l.calls for l, _ in loads):.2f} calls a request")
    if any(median(h for _, h in found["Redis", 32, users]) < 3.5 or median(h for _, h in found["memory", 32, users]) > 0.1 for users in (USERS, MANY)):
        raise Invalid("what should come from Redis comes from memory, or the other way about")
    alone = lambda key: [l for l, _ in found[key]]
    table.bounds += [
        *(Bound(f"Redis hit, CPU over a memory hit, {users:,} users",
                median(differences(alone(("Redis", 32, users)), alone(("memory", 32, users)), lambda l: l.cpu_us)), 60, "µs") for users in (USERS, MANY)),
        Bound("Redis hit, p50 over a memory hit",
              median(differences(alone(("Redis", 1, USERS)), alone(("memory", 1, USERS)), lambda l: l.p50_us / 1000)), 0.3, "ms")]
    table.notes.append(f"Two gateways, one with 512 MB and one with 1 MB, of which {USERS} users need 15 MB: everything it is asked for has been thrown out since. "
                       f"All four sections, {whole / 1000:.0f} KB, come from Redis, are verified and unpacked. Of {USERS} users the documents are known, and the answer "
                       f"from memory is one that is given again; of {MANY:,} the document is put together anew, from memory as from Redis. p50 is compared at one "
                       "connection: with more it is a queue.")
    return table
