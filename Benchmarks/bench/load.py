"""One load on one server, and what it cost."""

import json
import os
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from statistics import median

from processes import Cores

HERE = os.path.dirname(os.path.abspath(__file__))
# What the accounts and users services ask for; nginx as an upstream ignores it.
IDENTITY = {"Authorization": "Bearer admin-token", "x-user-id": "1", "x-user-role": "ADMIN"}


class Invalid(Exception):
    """A measurement that would compare different things."""


@dataclass
class Load:
    requests: int
    seconds: float
    bytes: int
    p50_us: int
    p99_us: int
    max_us: int
    cpu_us: float  # of the measured process, per request
    calls: float  # of the upstreams, per request


def on_load_core():
    os.sched_setaffinity(0, Cores.load)


def wrk_command(url, connections, seconds, identity=True):
    headers = [part for name, value in IDENTITY.items() for part in ("-H", f"{name}: {value}")] if identity else []
    return ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", *headers, "-s", os.path.join(HERE, "wrk.lua"), url]


def result(output):
    for line in output.splitlines():
        if line.startswith("RESULT "):
            return json.loads(line[7:])
    raise Invalid(f"wrk said nothing: {output[-300:]}")


def fetch(url):
    request = urllib.request.Request(url, headers=IDENTITY)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


def wrk(server, url, connections, seconds, upstreams=None, env=None, expect=0):
    """Loads `url`; `server`'s CPU time is what is counted. `expect`: the least bytes of a whole answer."""
    calls, cpu = upstreams.requests() if upstreams else 0, server.cpu_seconds() if server else 0
    done = subprocess.run(wrk_command(url, connections, seconds), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**os.environ, **(env or {})}, preexec_fn=on_load_core, timeout=seconds + 60)
    cpu = (server.cpu_seconds() if server else 0) - cpu
    # The status page counts the request that asks for it.
    calls = (upstreams.requests() - calls - 1) if upstreams else 0
    r = result(done.stdout)
    if r["errors"] or r["not_2xx"]:
        raise Invalid(f"{r['errors']} connection errors and {r['not_2xx']} answers other than 2xx of {r['requests']} from {url}")
    if not r["requests"]:
        raise Invalid(f"no answer from {url}")
    if r["bytes"] / r["requests"] < expect:
        raise Invalid(f"answers of {r['bytes'] // r['requests']} bytes where {expect} are a whole one: partial answers from {url}")
    n = r["requests"]
    return Load(n, r["seconds"], r["bytes"], r["p50_us"], r["p99_us"], r["max_us"], cpu * 1e6 / n, calls / n)


def start_probe(url_port, seconds):
    """A probe of `GET /` every 2 ms beside a load; read it with `finish_probe`."""
    command = [sys.executable, os.path.join(HERE, "probe.py"), "127.0.0.1", str(url_port), "/", str(seconds), "2"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=on_load_core)


def finish_probe(probe):
    output, _ = probe.communicate(timeout=60)
    if probe.returncode:
        raise Invalid(output.strip()[-200:])
    return json.loads(output)


def spread(values, digits=0):
    """`median (least–most)`"""
    return f"{median(values):,.{digits}f} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"
