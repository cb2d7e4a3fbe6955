"""reliability.md, "Starting, stopping, overload"."""

import asyncio
import gzip
import os
import signal
import subprocess
import time

from client import SUMMARY, Connection, crowd, fetch, get, paced, quantile
from processes import Cores, Nginx, Process, free_ports
from stack import PAYLOADS, SERVICES, Gateway, scenario

GRACE = 30


async def ended(gateway, since, limit):
    """(seconds since then, exit code) of the end of a process."""
    while gateway.child.poll() is None and time.monotonic() - since < limit:
        await asyncio.sleep(0.02)
    return time.monotonic() - since, gateway.child.poll()


def ending(took, code):
    return f"exit {code} after {took:.1f} s" if code is not None else f"still running after {took:.0f} s"


@scenario
async def bad_configuration(run):
    path = os.path.join(run.folder, "bad.yaml")
    with open(path, "w") as f:
        f.write("server:\n  port: 99999\n  prot: 1\nrequest:\n  deadline: soon\n")
    start = time.monotonic()
    done = subprocess.run([run.binary, "serve", "--config", path], env={}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
    run.promise("three mistakes: exit code", "2", str(done.returncode), done.returncode == 2)
    run.at_most("refused after", 1, time.monotonic() - start, "s")
    lines = sum(1 for n in (2, 3, 5) if f"{path}:{n}" in done.stdout)
    run.promise("mistakes named with file and line", "3", str(lines), lines == 3)


@scenario
async def health_checks(run):
    """`/livez` and `/readyz` depend on no upstream."""
    fakes = run.fakes()
    gateway = run.gateway(fakes)
    for fault in ("refuse", "hang"):
        await fakes.fault(fault)
        for path in ("/livez", "/readyz"):
            answer = await fetch(gateway.port, get(path))
            run.promise(f"{path}, every upstream in {fault}", "200", f"{answer.status} in {answer.took * 1000:.0f} ms", answer.status == 200)


@scenario
async def sigterm(run):
    """Requests in flight of 2 s, keep-alive clients, readiness, the end."""
    fakes = run.fakes()
    gateway = run.gateway(fakes)
    await fakes.fault("slow:2s", "metrics")
    kept = await Connection.open(gateway.port)
    await kept.exchange(get("/"))
    flying = [asyncio.create_task(fetch(gateway.port, get())) for _ in range(50)]
    while (await fakes.stats("metrics"))["in_flight"] < 50:
        await asyncio.sleep(0.01)
    gateway.child.send_signal(signal.SIGTERM)
    start = time.monotonic()
    await asyncio.sleep(0.1)
    ready = await fetch(gateway.port, get("/readyz"), 2)
    run.promise("readiness 100 ms after SIGTERM, on a new connection", "503", str(ready.status or ready.problem), ready.status == 503)
    answer = await kept.exchange(get("/livez"), 5)
    said = answer.field("connection") if answer.status else answer.problem
    run.promise("a kept connection is answered, with", "200, connection: close", f"{answer.status}, connection: {said}",
                answer.status == 200 and said == "close")
    answers = await asyncio.gather(*flying)
    run.none_of("requests in flight that were not answered whole", sum(not a.misses() for a in answers), len(answers),
                str({a.problem for a in answers}))
    took, code = await ended(gateway, start, GRACE + 5)
    run.promise("then it ends", f"exit 0 within {GRACE} s", ending(took, code), code == 0 and took <= GRACE)


@scenario
async def stubborn(run):
    """SIGTERM with a hung upstream, a deadline beyond the grace period, and clients that send half a request or read nothing."""
    fakes = run.fakes("--users", "20000")
    environment = {"TRIBUTARY_REQUEST_DEADLINE": "120s", "TRIBUTARY_UPSTREAMS_METRICS_ATTEMPT_TIMEOUT": "100s"}
    patient, hurried = run.gateway(fakes, environment), run.gateway(fakes, environment, name="hurried")
    writers = []
    for port in (patient.port, hurried.port):
        for first in (b"GET / HTTP/1.1\r\nHo", get(), b""):
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            writer.write(first)
            writers.append(writer)
    await asyncio.sleep(0.5)
    await fakes.fault("hang", "metrics")
    flying = [asyncio.create_task(fetch(port, get(), 60)) for port in (patient.port, hurried.port) for _ in range(5)]
    await asyncio.sleep(0.5)
    start = time.monotonic()
    for gateway in (patient, hurried):
        gateway.child.send_signal(signal.SIGTERM)
    await asyncio.sleep(1)
    hurried.child.send_signal(signal.SIGTERM)
    took, code = await ended(hurried, start + 1, 5)
    run.promise("a second SIGTERM", "ends within 1 s", ending(took, code), code is not None and took <= 1)
    took, code = await ended(patient, start, GRACE + 10)
    run.promise("hung upstream and slow clients", f"exit 0 within {GRACE} s", ending(took, code), code == 0 and took <= GRACE + 0.5)
    for task in flying:
        task.cancel()
    for writer in writers:
        writer.close()


class Balancer(Process):
    """haproxy before two replicas. It repeats nothing: what fails behind it is seen before it."""

    CONFIGURATION = """defaults
 mode http
 timeout connect 1s
 timeout client 60s
 timeout server 60s
 retries 0
 option redispatch
 option httpchk GET {check}
 default-server inter 100ms fall 1 rise 1
frontend door
 bind 127.0.0.1:{port}
 default_backend replicas
backend replicas
 balance leastconn
"""

    def __init__(self, run, ports, check):
        (self.port,) = free_ports(1)
        path = os.path.join(run.folder, "haproxy.cfg")
        with open(path, "w") as f:
            f.write(self.CONFIGURATION.format(port=self.port, check=check))
            f.writelines(f" server r{i} 127.0.0.1:{port} check\n" for i, port in enumerate(ports))
        super().__init__("haproxy", ["haproxy", "-db", "-f", path], run.folder)

    async def serves(self):
        end = time.monotonic() + 10
        while (await fetch(self.port)).status != 200:
            if time.monotonic() > end:
                raise RuntimeError("haproxy finds no replica")
            await asyncio.sleep(0.05)


@scenario
async def rolling_restarts(run):
    """Two replicas, each restarted in turn; every failure that a client behind the balancer sees is counted."""
    fakes = run.fakes()
    environment = {"TRIBUTARY_SERVER_DRAIN": "1s"}
    if not run.accepts(environment):
        environment = {}
    ports = free_ports(2)
    replicas = [run.gateway(fakes, environment, name=f"replica-{i}", port=port) for i, port in enumerate(ports)]
    # A binary without readiness is checked by what it has.
    check = "/readyz" if (await fetch(ports[0], get("/readyz"))).status == 200 else "/"
    balancer = run.own(Balancer(run, ports, check))
    await balancer.serves()
    done, seconds = asyncio.Event(), 0.0

    async def restart():
        nonlocal seconds
        for _ in range(run.scaled(10, 2)):
            for i, port in enumerate(ports):
                start = time.monotonic()
                replicas[i].child.send_signal(signal.SIGTERM)
                await ended(replicas[i], start, GRACE + 5)
                seconds = max(seconds, time.monotonic() - start)
                replicas[i] = await asyncio.to_thread(run.gateway, fakes, environment, name=f"replica-{i}", port=port)
                # The other may go when the balancer has seen this one.
                await asyncio.sleep(0.5)

    async def load():
        loads, rate = [], 1500
        while not done.is_set() or sum(len(l.answers) for l in loads) < run.scaled(100_000):
            loads.append(await paced(balancer.port, rate, 2))
        return loads

    asking = asyncio.create_task(load())
    await restart()
    done.set()
    answers = [a for l in await asking for a in l.answers]
    failed = [a for a in answers if a.status != 200]
    kinds = {k: sum(1 for a in failed if (a.problem or str(a.status)) == k) for k in {a.problem or str(a.status) for a in failed}}
    run.none_of(f"{run.scaled(10, 2)} rolling restarts of two replicas (health check {check}): failed requests", len(failed), len(answers), str(kinds))
    run.none_of("answers with a section missing", sum(1 for a in answers if a.status == 200 and not a.misses()), len(answers) - len(failed))
    run.promise("longest time from SIGTERM to the end of a replica", f"≤ {GRACE} s", f"{seconds:.1f} s", seconds <= GRACE)


class Packed(Nginx):
    """The four services as files that are gzip already: cheap to send, dear to receive, so that a request is dear for the gateway
    alone, and twice what it can do is still little for the load's core."""

    def __init__(self, run):
        self.ports = free_ports(4)
        bodies = os.path.join(run.folder, "packed")
        subprocess.run(["python3", PAYLOADS, bodies, "--users", "1000", "--accounts", "1500", "--posts", "400", "--rows", "400"], check=True,
                       stdout=subprocess.DEVNULL)
        for name in SERVICES:
            path = os.path.join(bodies, f"{name}.json")
            with open(path, "rb") as f:
                packed = gzip.compress(f.read())
            with open(path, "wb") as f:
                f.write(packed)
        super().__init__("packed", run.folder, Cores.load, "".join(
            f" server {{ listen 127.0.0.1:{port}; add_header Content-Encoding gzip always; root {bodies};"
            f" location / {{ rewrite ^ /{name}.json break; error_page 405 =200 /{name}.json; }} }}\n" for name, port in zip(SERVICES, self.ports)))
        self.wait_for(f"http://127.0.0.1:{self.ports[3]}/")

    @property
    def environment(self):
        urls = {f"MICROSERVICE{i}_URL": f"http://127.0.0.1:{port}" for i, port in enumerate(self.ports, 1)}
        return {**urls, **{f"TRIBUTARY_UPSTREAMS_{name.upper()}_GZIP": "true" for name in SERVICES}}


@scenario
async def overload(run):
    """Twice the saturation load, whether answered or not. One loop on a core of its own; load and upstreams have the other."""
    os.sched_setaffinity(0, Cores.load)
    try:
        upstreams = run.own(Packed(run))
        gateway = Gateway(run, {**upstreams.environment, "TRIBUTARY_REQUEST_DEADLINE": "2s"}, "--loops", "1", cores=Cores.measured)
        run.stack.callback(gateway.kill)
        await measured_overload(run, gateway)
    finally:
        os.sched_setaffinity(0, Cores.allowed)


def pace(run, port, rate, seconds):
    """What ./pacer tells of each request: sent, took, status, complete, has Retry-After."""
    binary, source = os.path.join(run.folder, "pacer"), os.path.join(os.path.dirname(os.path.abspath(__file__)), "pacer")
    subprocess.run(["go", "build", "-o", binary, "."], cwd=source, check=True, env={**os.environ, "GOCACHE": os.path.join(run.folder, "go")})
    url = f"http://127.0.0.1:{port}{SUMMARY}"
    told = subprocess.run([binary, url, str(rate), str(seconds)], check=True, stdout=subprocess.PIPE, text=True, timeout=seconds + 30).stdout
    lines = (line.split() for line in told.splitlines())
    return [(float(sent), float(took), int(status), whole == "true", wait == "true") for sent, took, status, whole, wait in lines]


async def measured_overload(run, gateway):
    request, seconds = get(SUMMARY), run.scaled(12, 6)
    await crowd(gateway.port, 16, 200, request)
    peaks = []
    for _ in range(3):
        start, cpu = time.monotonic(), gateway.cpu_seconds()
        load = await crowd(gateway.port, 24, run.scaled(1500, 500), request)
        took = time.monotonic() - start
        peaks.append((sum(a.misses() for a in load.answers) / took, 100 * (gateway.cpu_seconds() - cpu) / took))
    peak, busy = sorted(peaks)[1]
    normal = quantile((await paced(gateway.port, peak / 2, 4, request)).times(), 0.99)
    run.promise("saturation: complete answers a second, and how much of its core the gateway then takes", "–", f"{peak:,.0f}, {busy:.0f} %", None)
    answers = pace(run, gateway.port, 2 * peak, seconds)
    run.promise("offered", "2 × saturation", f"{len(answers) / seconds / peak:.2f} ×", len(answers) / seconds / peak > 1.8)
    # The first two seconds are the limit's time to find out.
    good = sum(1 for sent, took, status, whole, _ in answers if status == 200 and whole and took <= 2 and 2 <= sent + took <= seconds)
    run.at_least("twice saturation: complete answers within 2 s, of the peak", 90, 100 * good / (seconds - 2) / peak, "%")
    refused = [a for a in answers if a[2] == 503]
    early, late = (sorted(took for sent, took, *_ in refused if (sent < 2) == is_early) for is_early in (True, False))
    run.promise("refused in the first two seconds: p99 of the time to know", "–", f"{quantile(early, 0.99) * 1000:.0f} ms of {len(early):,}", None)
    run.promise("refused after that: p99 of the time to know", "≤ 50 ms", f"{quantile(late, 0.99) * 1000:.0f} ms of {len(late):,}",
                bool(late) and quantile(late, 0.99) <= 0.05)
    run.promise("refused after that: median", "–", f"{quantile(late, 0.5) * 1000:.1f} ms", None)
    run.none_of("refused without Retry-After", sum(not a[4] for a in refused), len(refused))
    other = [a for a in answers if a[2] != 503 and not (a[2] == 200 and a[3])]
    run.none_of("neither complete nor refused", len(other), len(answers), str({a[2] for a in other}))
    await asyncio.sleep(5)
    after = await paced(gateway.port, peak / 2, 4, request)
    run.none_of("5 s later, at half the saturation load: answers that are not complete", sum(not a.misses() for a in after.answers),
                len(after.answers), str(after.problems()))
    run.at_most(f"5 s later: p99 / p99 before ({normal:.1f} ms)", 2, quantile(after.times(), 0.99) / normal)
