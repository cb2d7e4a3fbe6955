"""What it takes to keep two thousand streams, to tell them of a change, and what other requests feel of it."""

import threading
import time
from statistics import median

from figures import CONSOLIDATED, Bound, Table
from listeners import Listeners
from load import Invalid, spread, wrk
from servers import asked, gateway

COUNT, TTL = 2000, 1.0


def settled(server):
    """MB, when nothing is under way."""
    time.sleep(1.0)
    return server.memory()


def told(listeners, changes):
    """Tells of so many changes, one a lifetime. The time from the change until the last has heard of it."""
    took = []
    for _ in range(changes):
        wanted = listeners.sections + listeners.open
        listeners.number += 1
        changed = time.monotonic()
        listeners.until(lambda: listeners.sections >= wanted, "the change")
        took.append(listeners.last - changed)
        if listeners.sections != wanted:
            raise Invalid(f"{listeners.sections - wanted} events too many")
    return took


class Changing:
    """A change a second, beside whatever else is measured."""

    def __init__(self, listeners):
        self.listeners, self.ends = listeners, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.ends.wait(TTL):
            self.listeners.number += 1

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join()


def streams(run):
    listeners = Listeners(run.small)
    run.stack.callback(listeners.stop)
    ours = run.own(gateway(run.binary, run.folder, {**listeners.environment, "TRIBUTARY_CACHE_TTL": f"{TTL:.0f}s"}))
    asked(ours.url(CONSOLIDATED))
    # Buffers, pools and parsers grow to what they will be.
    for _ in range(2):
        listeners.connect(ours.port, 100)
        listeners.disconnect()
    table = Table("Streams", [f"one loop, {COUNT:,} streams of all four sections over HTTP/1.1", ""])

    before = settled(ours)
    listeners.connect(ours.port, COUNT)
    kept = (settled(ours) - before) * 1024 / COUNT
    table.rows += [["RSS without streams, MB", f"{before:.1f}"], ["RSS a stream, KB", f"{kept:.1f}"]]
    table.bounds.append(Bound("RSS a stream", kept, 30, "KB"))

    changes = 5 if run.quick else 20
    calls, start = listeners.calls, time.monotonic()
    idle = ours.cpu_seconds()
    time.sleep(changes * TTL)
    idle = (ours.cpu_seconds() - idle) / (time.monotonic() - start)
    expected = (time.monotonic() - start) / (TTL * 0.9) * 4 + 4
    if listeners.calls - calls > expected:
        raise Invalid(f"{listeners.calls - calls} calls where {expected:.0f} are right")
    table.rows += [["CPU while nothing changes, % of a core", f"{idle * 100:.2f}"],
                   ["upstream calls a lifetime", f"{(listeners.calls - calls) * TTL / (time.monotonic() - start):.1f}"]]
    start, busy = time.monotonic(), ours.cpu_seconds()
    took = told(listeners, changes)
    busy = ours.cpu_seconds() - busy - idle * (time.monotonic() - start)
    table.rows += [["CPU for a change told to all, ms", f"{busy / changes * 1000:.1f}"],
                   ["CPU for one event to one client, µs", f"{busy / changes / COUNT * 1e6:.1f}"],
                   [f"from a change to the last client, of which up to {TTL:.0f} s is the lifetime, s", spread(took, 2)]]

    url, rounds = ours.url(CONSOLIDATED), 2 if run.quick else 5
    loads = {"2,000 streams, a change a second": [], "2,000 streams": [], "no streams": []}
    for _ in range(rounds):
        with Changing(listeners):
            loads["2,000 streams, a change a second"].append(wrk(ours, url, 32, 3))
        loads["2,000 streams"].append(wrk(ours, url, 32, 3))
        listeners.disconnect()
        loads["no streams"].append(wrk(ours, url, 32, 3))
        listeners.connect(ours.port, COUNT)
    for label, found in loads.items():
        table.rows.append([f"/consolidated beside {label}: CPU µs a request, p99 ms",
                           f"{spread([l.cpu_us for l in found], 1)}, {median(l.p99_us for l in found) / 1000:.2f}"])
    alone = median(l.cpu_us for l in loads["no streams"])
    table.bounds.append(Bound("/consolidated beside 2,000 streams / alone", median(l.cpu_us for l in loads["2,000 streams"]) / alone, 1.1))
    table.notes.append("Clients, services and wrk share the other core. Of the CPU beside changes a part is theirs: it is counted by the request.")
    return table
