"""What a token costs that has not been seen before, and one that is refused."""

import base64
import http.client
import json
import os
import subprocess
import time
from statistics import median

from client import quantile
from figures import CONSOLIDATED, Bound, Table
from load import Invalid
from processes import Upstreams
from security import token as hs256
from servers import CREDENTIALS, LASTING, gateway

YAML = "authentication:\n  modes: [jwt]\n  jwt:\n    keys:\n      issuer: {algorithm: RS256, file: %s}\n"


def encoded(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else json.dumps(data).encode()).rstrip(b"=").decode()


class Issuer:
    """An RSA key of 2048 bits, and tokens that it signs."""

    def __init__(self, folder):
        self.key, self.public = os.path.join(folder, "issuer.pem"), os.path.join(folder, "issuer.pub.pem")
        quiet = {"check": True, "stderr": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        subprocess.run(["openssl", "genrsa", "-out", self.key, "2048"], **quiet)
        subprocess.run(["openssl", "rsa", "-in", self.key, "-pubout", "-out", self.public], **quiet)

    def token(self, header=None, **claims):
        said = {"sub": "ana@example.com", "role": "ADMIN", "exp": int(time.time()) + 3600, **claims}
        signed = f"{encoded(header or {'alg': 'RS256', 'typ': 'JWT', 'kid': 'issuer'})}.{encoded(said)}"
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key], input=signed.encode(), stdout=subprocess.PIPE, check=True).stdout
        return f"{signed}.{encoded(signature)}"


def odd_tokens(issuer):
    """Each refused for a reason of its own; the dear ones have a signature that is looked at."""
    good = issuer.token()
    header, claims, signature = good.split(".")
    none = encoded({"alg": "none"})
    return {
        "no signature": f"{header}.{claims}.", "alg none": f"{none}.{claims}.", "another's signature": issuer.token(sub="eve@example.com").rpartition(".")[0] + "." + signature,
        "HS256 with the public key": hs256(), "five parts": good + ".a.b", "not base64": f"{header}.{claims}.!!!", "8 KB": f"{header}.{'A' * 7000}.{signature}",
        "an unknown kid": issuer.token({"alg": "RS256", "kid": "../../etc"}), "crit": issuer.token({"alg": "RS256", "kid": "issuer", "crit": ["x"]}),
        "expired": issuer.token(exp=1), "exp as text": issuer.token(exp="never"), "exp 1e99": issuer.token(exp=1e99), "nbf ahead": issuer.token(nbf=int(time.time()) + 9999),
        "deep claims": f"{header}.{encoded(b'[' * 5000)}.{signature}",
    }


# Refused when it is known who asks: what a token costs, and no document of its bearer's own.
BAD = CONSOLIDATED + "?user_id=x"


def asked(connection, token, number):
    """Status, and milliseconds. No two requests are the same: nothing is answered again."""
    start = time.perf_counter()
    connection.request("GET", BAD, headers={"Authorization": f"Bearer {token}", "X-Number": str(number)})
    answer = connection.getresponse()
    answer.read()
    return answer.status, (time.perf_counter() - start) * 1000


def processor_time(server):
    """Of all its threads, in µs."""
    spent = 0
    for thread in os.listdir(f"/proc/{server.pid}/task"):
        with open(f"/proc/{server.pid}/task/{thread}/schedstat") as f:
            spent += int(f.read().split()[0])
    return spent / 1000


def spent(server, connection, tokens, status=400):
    """Processor time per request, in µs."""
    before = processor_time(server)
    for number, token in enumerate(tokens):
        found, _ = asked(connection, token, number)
        if found != status:
            raise Invalid(f"{found} where {status} is due")
    return (processor_time(server) - before) / len(tokens)


def token_costs(run):
    upstreams, issuer = run.own(Upstreams("upstreams", run.folder, run.small)), Issuer(run.folder)
    path = os.path.join(run.folder, "tokens.yaml")
    with open(path, "w") as f:
        f.write(YAML % issuer.public)
    server = run.own(gateway(run.binary, run.folder, {**upstreams.environment, **LASTING, **CREDENTIALS}, "tokens", "--config", path))
    connection, count = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10), 200
    known = issuer.token()
    spent(server, connection, [known] * count)
    differences, first, seen = [], [], []
    for round in range(run.rounds):
        fresh = [issuer.token(jti=f"{round}-{number}") for number in range(count)]
        first.append(spent(server, connection, fresh))
        seen.append(spent(server, connection, fresh))
        differences.append(first[-1] - seen[-1])
    times, odd = [], odd_tokens(issuer)
    for number in range(20 * run.rounds):
        for what, token in odd.items():
            status, took = asked(connection, token, number)
            if status != 401:
                raise Invalid(f"{what}: {status} where 401 is due")
            times.append(took)
    table = Table("A token that nobody has seen", ["one request after the other", "CPU µs per request"])
    table.rows += [["RS256, first seen", f"{median(first):.1f}"], ["the same, seen before", f"{median(seen):.1f}"]]
    table.bounds += [Bound("first verification of an RS256 token", median(differences), 100, "µs"),
                     Bound(f"a refused token, p99 of {len(times)}", quantile(sorted(times), 0.99), 2, "ms")]
    table.notes.append(f"{count} tokens a round, 2048 bits. Refused: {', '.join(odd)}; the slowest took {max(times):.2f} ms, the median {median(times):.2f}.")
    return table
