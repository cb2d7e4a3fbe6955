"""The figures. Each takes the context of the run and gives a `Table`."""

import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from statistics import median

from load import Invalid, fetch, finish_probe, on_load_core, result, spread, start_probe, wrk, wrk_command
from processes import Cores, Merge, Process, Upstreams, free_port_run, gateway, go_peer

CONSOLIDATED, SUMMARY = "/api/dashboard/consolidated", "/api/dashboard/summary"


@dataclass
class Bound:
    what: str
    value: float
    most: float
    unit: str = ""

    @property
    def holds(self):
        return self.value <= self.most


@dataclass
class Table:
    title: str
    columns: list
    rows: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    bounds: list = field(default_factory=list)


@dataclass
class Context:
    binary: str
    go_binary: str
    folder: str  # temporary
    small: str  # bodies of an ordinary page view
    large: str  # bodies of the worst case
    rounds: int
    stack: object  # an ExitStack: what is started is stopped at the end of the figure

    def own(self, process):
        self.stack.callback(process.stop)
        return process

    def trio(self, name, bodies):
        """Upstreams with `bodies`, and the three that ask them."""
        upstreams = self.own(Upstreams(f"upstreams-{name}", self.folder, bodies))
        env = upstreams.environment
        return (upstreams, self.own(gateway(self.binary, self.folder, env, f"gateway-{name}")),
                self.own(go_peer(self.go_binary, self.folder, env, f"go-peer-{name}")),
                self.own(Merge(f"merge-{name}", self.folder, upstreams)))


def body_size(folder):
    return sum(os.path.getsize(os.path.join(folder, f"{name}.json")) for name in Upstreams.FILES)


def interleaved(rounds, measurements):
    """`measurements`: label → function. One after the other, `rounds` times, so that a noisy minute hurts all of them."""
    found = {label: [] for label in measurements}
    for number in range(rounds):
        # Every second round backwards: nobody always comes after the same neighbour.
        for label in list(measurements) if number % 2 == 0 else reversed(list(measurements)):
            found[label].append(measurements[label]())
    return found


def ratios(above, below, value=lambda load: load.cpu_us):
    """Of each round, because the two of one round had the same neighbours."""
    return [value(a) / value(b) for a, b in zip(above, below)]


def quantile(ordered, q):
    return ordered[min(len(ordered) - 1, int(len(ordered) * q))]


def cpu_per_request(context):
    upstreams, ours, go, merge = context.trio("cpu", context.small)
    whole = body_size(context.small)
    uncached = {
        "tributary /consolidated": (ours, CONSOLIDATED, whole, 3),
        "tributary /summary": (ours, SUMMARY, 200, 3),
        "Go, tuned, /consolidated": (go, CONSOLIDATED, whole, 3),
        "nginx, merge by includes (no checks)": (merge, CONSOLIDATED, whole, 3),
    }
    hello = {"tributary /": (ours, "/", 0, 2), "Go /": (go, "/", 0, 2), "nginx /": (merge, "/", 0, 2)}

    def measure(server, path, expect, seconds):
        return lambda: wrk(server, server.url(path), 32, seconds, upstreams, expect=expect)

    for server, path, expect, _ in {**uncached, **hello}.values():
        wrk(server, server.url(path), 32, 1, expect=expect)
    found = interleaved(context.rounds, {label: measure(*what) for label, what in {**uncached, **hello}.items()})
    table = Table("CPU time per request", ["32 connections, one core each", "CPU µs per request", "requests/s", "p99 ms", "upstream calls"])
    for label, loads in found.items():
        table.rows.append([label, spread([l.cpu_us for l in loads], 1), f"{median(l.requests / l.seconds for l in loads):,.0f}",
                           f"{median(l.p99_us for l in loads) / 1000:.2f}", f"{median(l.calls for l in loads):.2f}"])
    one, summary, peer, floor = (found[label] for label in uncached)
    table.bounds += [
        Bound("CPU, ours / Go", median(ratios(one, peer)), 0.50),
        Bound("CPU, ours / nginx", median(ratios(one, floor)), 1.5),
        Bound("CPU, /summary / /consolidated", median(ratios(summary, one)), 1.15),
    ]
    table.notes.append(f"Answer of {whole / 1000:.0f} KB from four upstreams; median (least–most) of {context.rounds} rounds; "
                       "ratios are medians of the rounds' own ratios.")
    for label in uncached:
        calls = median(l.calls for l in found[label])
        # A cached or coalesced answer is another figure: it must not pass for this one.
        if calls < 3.99:
            raise Invalid(f"{label} made {calls:.2f} upstream calls per request: this is not the uncached figure")
    return table


def one_connection(context):
    upstreams, ours, go, merge = context.trio("one", context.small)
    whole = body_size(context.small)
    post = {"BENCH_METHOD": "POST", "BENCH_BODY": "{}"}
    servers = {"tributary": ours, "Go, tuned": go, "nginx, merge by includes": merge}
    what = {label: (lambda s=s: wrk(s, s.url(CONSOLIDATED), 1, 2, expect=whole)) for label, s in servers.items()}
    for i, (name, port, path) in enumerate(zip(Upstreams.FILES, upstreams.ports, Upstreams.PATHS)):
        url, env = f"http://127.0.0.1:{port}{path}", post if i == 2 else None
        what[f"{name} alone"] = lambda url=url, env=env: wrk(upstreams, url, 1, 1, env=env)
    for warm in what.values():
        warm()
    found = interleaved(context.rounds, what)
    alone = [label for label in what if label.endswith(" alone")]
    slowest = max(alone, key=lambda label: median(l.p50_us for l in found[label]))
    base = median(l.p50_us for l in found[slowest])
    table = Table("One connection", ["1 connection", "p50 ms", "p99 ms", "added to the slowest upstream, ms"])
    for label in (*servers, slowest):
        loads = found[label]
        p50 = median(l.p50_us for l in loads)
        table.rows.append([label if label in servers else f"slowest upstream alone ({label.split()[0]})",
                           spread([l.p50_us / 1000 for l in loads], 3), f"{median(l.p99_us for l in loads) / 1000:.3f}",
                           f"{(p50 - base) / 1000:.3f}" if label in servers else ""])
    table.notes.append(f"Median (least–most) of {context.rounds} rounds. Client and upstreams share a core, the measured program has the other.")
    return table


def slow_upstreams(context):
    base = free_port_run(15)  # users … dashboard listen on base + 1 … base + 4, their controls ten above
    latency = {"users": 500, "accounts": 400, "metrics": 600, "dashboard": 300}
    options = [part for name, ms in latency.items() for part in ("--latency", f"{name}={ms}ms")]
    fakes = context.own(Process("upstreams-slow", [context.binary, "upstreams", "--upstream-port-base", str(base), *options],
                                context.folder, Cores.load))
    fakes.wait_for(f"http://127.0.0.1:{base + 4}/health")
    ours = context.own(gateway(context.binary, context.folder,
                               {f"MICROSERVICE{i}_URL": f"http://127.0.0.1:{base + i}" for i in range(1, 5)}, "gateway-slow"))
    times = []
    for _ in range(10):
        start = time.perf_counter()
        body = fetch(ours.url(CONSOLIDATED))
        times.append((time.perf_counter() - start) * 1000)
        words = json.loads(body)["metadata"]["services_status"]
        if set(words.values()) != {"ok"}:
            raise Invalid(f"a partial answer: {words}")
    table = Table("Four slow upstreams", ["upstreams of 500, 400, 600 and 300 ms", "ms"])
    table.rows += [["answer, median of 10", f"{median(times):.1f}"], ["least", f"{min(times):.1f}"], ["most", f"{max(times):.1f}"],
                   ["one after the other it would be", "1800"]]
    if min(times) < 600:
        raise Invalid(f"an answer after {min(times):.0f} ms came before its slowest upstream: it was cached")
    table.bounds.append(Bound("four slow upstreams", median(times), 605, "ms"))
    return table


def large_answers(context):
    upstreams, ours, go, merge = context.trio("large", context.large)
    whole = body_size(context.large)
    seconds = 3

    def measure(server, path, expect):
        def once():
            probe, control = start_probe(server.port, seconds), start_probe(merge.port, seconds)
            try:
                load = wrk(server, server.url(path), 1, seconds, upstreams, expect=expect)
                return load, finish_probe(probe), finish_probe(control)
            finally:
                probe.kill()
                control.kill()
        return once

    what = {"tributary /consolidated": measure(ours, CONSOLIDATED, whole), "tributary /summary": measure(ours, SUMMARY, 200),
            "Go, tuned, /consolidated": measure(go, CONSOLIDATED, whole)}
    for warm in what.values():
        warm()
    found = interleaved(context.rounds, what)
    table = Table("Ten megabytes", ["20,000 users, 10,000 posts", "MB per CPU second", "MB/s", "answer p50 ms",
                                    "probes", "p50 ms", "p99.9 ms", "max ms", "idle nginx, same core: p99.9 · max ms"])
    for label, rounds in found.items():
        # What goes through the gateway, whether or not it is passed on.
        mb = lambda l: l.requests * whole / 1e6
        probe, control = (sorted(t / 1000 for r in rounds for t in r[i]) for i in (1, 2))
        table.rows.append([
            label, spread([mb(l) / (l.cpu_us * l.requests / 1e6) for l, _, _ in rounds]), spread([mb(l) / l.seconds for l, _, _ in rounds]),
            f"{median(l.p50_us for l, _, _ in rounds) / 1000:.1f}", f"{len(probe):,}",
            *(f"{quantile(probe, q):.2f}" for q in (0.5, 0.999, 1)), f"{quantile(control, 0.999):.2f} · {control[-1]:.2f}"])
    for label in list(found)[:2]:
        worst = median(max(probe) / 1000 for _, probe, _ in found[label])
        table.bounds.append(Bound(f"longest wait beside {label.split()[1]} of 10 MB", worst, 20, "ms"))
    table.notes.append(f"{whole / 1e6:.1f} MB of upstream bodies, one connection asking for them without a pause; beside it `GET /` every 2 ms on the "
                       "same loop. The last column is the same probe of an idle program on the same core at the same time: what the machine itself adds. "
                       "Quantiles over the probes of all rounds; the bound is on the median of the rounds' longest.")
    return table


def memory(context):
    upstreams, ours, _, _ = context.trio("memory", context.small)
    whole = body_size(context.small)
    table = Table("Memory", ["256 connections", "requests", "RSS MB"])
    table.rows.append(["before", "0", f"{ours.memory():.1f}"])
    total, rate, at = 0, 0, {}
    for goal in (5_000, 50_000, 100_000):
        seconds = max(1, round((goal - total) / rate)) if rate else 1
        before = ours.memory()
        load = subprocess.Popen(wrk_command(ours.url(CONSOLIDATED), 256, seconds), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, preexec_fn=on_load_core)
        seen = []
        # The figure of interest is the one under load; afterwards the connections and their buffers are gone.
        while load.poll() is None:
            seen.append(ours.memory())
            time.sleep(0.05)
        r = result(load.stdout.read())
        if r["errors"] or r["not_2xx"] or r["bytes"] / r["requests"] < whole:
            raise Invalid(f"{r['errors']} errors, {r['not_2xx']} answers other than 2xx, {r['bytes'] // r['requests']} bytes an answer")
        total += r["requests"]
        rate = r["requests"] / r["seconds"]
        at[goal] = median(seen[-10:] or [before])
        table.rows.append(["under load", f"{total:,}", f"{at[goal]:.1f}"])
    time.sleep(1)
    table.rows += [["idle again", f"{total:,}", f"{ours.memory():.1f}"], ["highest of all", f"{total:,}", f"{ours.memory('VmHWM'):.1f}"]]
    table.bounds.append(Bound("RSS at the 100,000th / at the 50,000th", at[100_000] / at[50_000], 1.10))
    return table


FIGURES = {"a": cpu_per_request, "b": one_connection, "c": slow_upstreams, "d": large_answers, "e": memory}
