"""What it costs to know who calls, and to count how often: hits in memory with and without."""

import base64
import hashlib
import hmac
import json
import os
import time
from statistics import median

from figures import CONSOLIDATED, Bound, Table, interleaved, ratios
from hits import row
from load import Invalid, wrk
from processes import Upstreams
from servers import CREDENTIALS, LASTING, Redis, asked, gateway

SECRET = "a secret of this benchmark alone, of more than 32 bytes"
TOKENS = "authentication:\n  modes: [jwt]\n  jwt:\n    keys:\n      users: {algorithm: HS256}\n"
# So much that nobody is refused.
LIMIT = "rate_limits:\n  clients: {by: address, limit: 1000000, per: 1s}\n"


def token(**claims):
    """HS256, as the users service signs."""
    encoded = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    said = {"sub": "ana@example.com", "role": "ADMIN", "exp": int(time.time()) + 3600, **claims}
    signed = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, said))
    return f"{signed}.{encoded(hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest())}"


def authenticated_hits(run):
    upstreams = run.own(Upstreams("upstreams", run.folder, run.small))
    env = {**upstreams.environment, **LASTING, **CREDENTIALS}
    redis = run.own(Redis(run.folder))

    def started(name, yaml="", more={}):
        path = os.path.join(run.folder, f"{name}.yaml")
        with open(path, "w") as f:
            f.write(yaml)
        return run.own(gateway(run.binary, run.folder, {**env, **more}, name, "--config", path))

    servers = {
        "anonymous": started("gateway-open"),
        "token": started("gateway-jwt", TOKENS, {"TRIBUTARY_AUTHENTICATION_JWT_KEYS_USERS_SECRET": SECRET}),
        "limit, in memory": started("gateway-limit", LIMIT),
        "limit, in Redis": started("gateway-shared", LIMIT, redis.environment),
    }
    mine = token()
    bearer = {"BENCH_TOKEN": mine}
    whole = 0
    for label, server in servers.items():
        for _ in range(2):
            fields, body = asked(server.url(CONSOLIDATED), Authorization=f"Bearer {mine}")
        whole = max(whole, len(body))
        if fields["Cache-Status"].count(";hit") != 4:
            raise Invalid(f"{label}: the second answer is no hit: {fields['Cache-Status']}")

    def measure(server, env):
        return lambda seconds=2: wrk(server, server.url(CONSOLIDATED), 32, seconds, upstreams, env=env, expect=whole)

    what = {}
    for name, server in servers.items():
        own = bearer if name == "token" else {}
        what[f"{name}"] = measure(server, own)
        # At a rate that all of them can answer: a server that just outruns its clients never has to wake them, and one that does not pays
        # a tenth of a request for it each time.
        what[f"{name}, no two requests the same"] = measure(server, {**own, "BENCH_DISTINCT": "1", "BENCH_PAUSE": "2"})
    for warm in what.values():
        warm(1)
    found = interleaved(run.rounds, what)
    table = Table("Who calls, and how often", ["32 connections, one loop", "CPU µs per request", "requests/s", "p50 ms", "p99 ms"])
    for label, loads in found.items():
        table.rows.append(row(label, loads))
    for suffix in ("", ", no two requests the same"):
        table.bounds.append(Bound(f"token / anonymous{suffix}", median(ratios(found["token" + suffix], found["anonymous" + suffix])), 1.15))
    added = lambda name: median(a.cpu_us - b.cpu_us for a, b in zip(found[name + ", no two requests the same"], found["anonymous, no two requests the same"]))
    table.bounds.append(Bound("limit in memory, over none", added("limit, in memory"), 5, "µs"))
    table.notes.append(f"A token of {len(mine)} bytes, HS256. Requests that are all the same are answered again within their second (decision 0008); those that no two "
                       f"are the same go all the way; there each connection pauses 2 ms, so that all are asked equally often. A limit in Redis is a round trip more: {added('limit, in Redis'):.1f} µs.")
    return table
