"""The real binary in its two roles (gateway, fake services), the table that scenarios fill, and what they are run with."""

import json
import os
import subprocess
from dataclasses import dataclass, field

from client import fetch, get
from processes import Process, beside_others, free_port_run, free_ports

SERVICES = ("users", "accounts", "metrics", "dashboard")
BREAKER_OFF = {"TRIBUTARY_CIRCUIT_BREAKER_CONSECUTIVE_FAILURES": "100000", "TRIBUTARY_CIRCUIT_BREAKER_MINIMUM_CALLS": "100000"}
PAYLOADS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "payloads.py")
SCENARIOS = {}


def scenario(function):
    """Registers it under its name, with dashes."""
    SCENARIOS[function.__name__.replace("_", "-")] = function
    return function


@dataclass
class Row:
    scenario: str
    promise: str
    bound: str
    found: str
    holds: bool | None  # None: a figure without a bound


class Fakes(Process):
    """`tributary upstreams` on free ports."""

    def __init__(self, run, *options):
        base = free_port_run(15)
        self.ports = {name: base + i for i, name in enumerate(SERVICES, 1)}
        self.control = {name: base + 10 + i for i, name in enumerate(SERVICES, 1)}
        super().__init__("fakes", [run.binary, "upstreams", "--upstream-port-base", str(base), *options], run.folder)
        self.wait_for(f"http://127.0.0.1:{self.control['dashboard']}/_stats")

    @property
    def environment(self):
        return {f"MICROSERVICE{i}_URL": f"http://127.0.0.1:{port}" for i, port in enumerate(self.ports.values(), 1)}

    async def ask(self, name, method, path, body=""):
        request = f"{method} {path} HTTP/1.1\r\nHost: test\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        answer = await fetch(self.control[name], request)
        if answer.status not in (200, 204):
            raise RuntimeError(f"{method} {path} of {name}: {answer.status} {answer.problem} {answer.body[:80]!r}")
        return answer.body

    async def fault(self, fault, *names):
        """Breaks or heals these services, or all of them; in force when it returns."""
        for name in names or SERVICES:
            await self.ask(name, "PUT", "/_fault", fault)

    async def stats(self, name):
        return json.loads(await self.ask(name, "GET", "/_stats"))

    async def reset_stats(self):
        for name in SERVICES:
            await self.ask(name, "DELETE", "/_stats")


class Gateway(Process):
    """`tributary serve` with its defaults and service credentials, on a free port."""

    IDENTITY = {"TRIBUTARY_UPSTREAMS_USERS_CREDENTIAL": "Authorization: Bearer admin-token",
                "TRIBUTARY_UPSTREAMS_ACCOUNTS_CREDENTIAL": "x-user-id: 1; x-user-role: ADMIN"}

    def __init__(self, run, environment, *options, name="gateway", port=None, cores=None):
        self.port = port or free_ports(1)[0]
        command = [run.binary, "serve", "--host", "127.0.0.1", "--port", str(self.port), *options]
        super().__init__(name, command, run.folder, cores, {**beside_others(run.binary), **self.IDENTITY, **environment})
        self.wait_for(f"http://127.0.0.1:{self.port}/")

    async def circuit(self, upstream):
        return await self.service(upstream, "circuit")

    async def service(self, upstream, key):
        answer = await fetch(self.port, get("/api/health/services"), 5)
        return json.loads(answer.body)["services"][upstream][key] if answer.status == 200 else f"{answer.status} {answer.problem}"

    def kill(self):
        """Without the drain, which is a scenario of its own."""
        self.child.kill()
        self.child.wait()


@dataclass
class Run:
    """What a scenario is given. What it starts through this is stopped at its end."""

    binary: str
    folder: str  # temporary
    quick: bool
    stack: object = None  # an ExitStack of the scenario
    name: str = ""
    rows: list = field(default_factory=list)

    def scaled(self, whole, least=1):
        """A tenth of it in a quick run."""
        return max(least, whole // 10) if self.quick else whole

    def fakes(self, *options):
        # Small documents: what is measured here is behaviour, and the load must not be what is short of time.
        return self.own(Fakes(self, *(options or ("--users", "5", "--accounts", "5", "--posts", "5"))))

    def gateway(self, fakes, environment=None, *options, **more):
        gateway = Gateway(self, {**fakes.environment, **(environment or {})}, *options, **more)
        self.stack.callback(gateway.kill)
        return gateway

    def own(self, process):
        self.stack.callback(process.stop)
        return process

    def accepts(self, environment):
        """Whether this binary knows these settings."""
        done = subprocess.run([self.binary, "check"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=10)
        return done.returncode == 0

    def promise(self, what, bound, found, holds):
        self.rows.append(Row(self.name, what, bound, found, holds))

    def at_most(self, what, bound, found, unit=""):
        """A promise whose figure must not exceed its bound."""
        digits = 0 if isinstance(found, int) else 2 if found < 100 else 0
        self.promise(what, f"≤ {bound:,g} {unit}".strip(), f"{found:,.{digits}f} {unit}".strip(), found <= bound)

    def at_least(self, what, bound, found, unit=""):
        digits = 0 if isinstance(found, int) else 1
        self.promise(what, f"≥ {bound:,g} {unit}".strip(), f"{found:,.{digits}f} {unit}".strip(), found >= bound)

    def none_of(self, what, count, of, detail=""):
        self.promise(what, f"0 of {of:,}", f"{count:,}" + (f" ({detail})" if count and detail else ""), count == 0 and of > 0)
