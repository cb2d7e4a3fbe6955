"""reliability.md, "Retries and breakers make things better, not worse": what a failing upstream is spared, and what clients see."""

import asyncio
import time

from client import crowd, paced, quantile
from one_deadline import OTHERS
from stack import BREAKER_OFF, scenario

OPEN, JITTER = 5.0, 0.2  # the defaults of circuit_breaker.open and .jitter


async def watch(until, every, look):
    """(seconds, value) of `look`, again and again until the event."""
    seen, start = [], time.monotonic()
    while not until.is_set():
        value = await look()
        seen.append((time.monotonic() - start, value))
        await asyncio.sleep(every)
    return seen


async def beside(load, *watches):
    """Runs a load, and beside it watches that end with it."""
    done = asyncio.Event()
    asking = asyncio.ensure_future(load)
    asking.add_done_callback(lambda _: done.set())
    seen = await asyncio.gather(*(watch(done, every, look) for every, look in watches))
    return asking.result(), *seen


async def calls_of(fakes, name="metrics"):
    stats = await fakes.stats(name)
    return stats["total"] - stats["health"]


@scenario
async def storm(run):
    """One upstream answers 503 to everything, in full traffic, and is healed again."""
    fakes = run.fakes()
    gateway = run.gateway(fakes)
    rate, broken = 500, 12 if run.quick else 17
    await paced(gateway.port, rate, 3)
    await fakes.reset_stats()
    begun = time.monotonic()
    await fakes.fault("status:503", "metrics")
    asking = asyncio.ensure_future(paced(gateway.port, rate, broken + 10))
    opened = await first_time(begun, lambda: gateway.circuit("metrics"), lambda word: word == "open", limit=broken - 2)
    calls = await calls_of(fakes)
    await asyncio.sleep(begun + broken - time.monotonic())
    probes, open_for = await calls_of(fakes) - calls, time.monotonic() - begun - opened
    healed = time.monotonic()
    await fakes.fault("none", "metrics")
    load = await asking
    run.at_most("503 storm at 500 requests/s: breaker open after", 1, opened, "s")
    run.at_most("calls that the upstream saw until then (20 failures, and what was under way)", 20 + 16, calls)
    run.at_most("calls while open", 2, probes / open_for, "a second")
    good = [a.sent - healed for a in load.answers if a.sent > healed and a.misses()]
    bound = OPEN * (1 + JITTER) + 2
    run.at_most(f"healed → first complete answer (open {OPEN:g} s ± {JITTER:.0%}, + 2 s)", bound, min(good, default=999.0), "s")
    late = [a for a in load.answers if a.sent > healed + bound]
    run.none_of("incomplete answers after that", sum(1 for a in late if not a.misses()), len(late))
    run.none_of("answers that are not 200", sum(1 for a in load.answers if a.status != 200), len(load.answers), str(load.problems()))
    lost = sum(1 for a in load.answers for s in OTHERS if a.sections.get(s, (0, ""))[1] != "ok")
    run.none_of("sections of the other upstreams that are missing", lost, 3 * len(load.answers))


async def first_time(begun, look, holds, limit):
    """Seconds from `begun` until `look` gives what `holds` accepts; `limit` if it does not."""
    while time.monotonic() - begun < limit:
        if holds(await look()):
            break
        await asyncio.sleep(0.01)
    return time.monotonic() - begun


@scenario
async def budget(run):
    """The same storm without a breaker: what the retry budget alone allows."""
    fakes = run.fakes()
    gateway = run.gateway(fakes, BREAKER_OFF)
    await fakes.fault("status:503", "metrics")
    rate, seconds = 200, run.scaled(15, 3)
    load = await paced(gateway.port, rate, seconds)
    calls, requests = await calls_of(fakes), len(load.answers)
    run.at_most(f"breaker off, 503 to {requests:,} requests in {seconds} s: extra calls (20 % + 10/s, + one second's floor)",
                round(0.2 * requests + 10 * (seconds + 1)), calls - requests)


@scenario
async def random_503(run):
    """30 % of the calls to one upstream are answered with 503."""
    fakes = run.fakes()
    gateway = run.gateway(fakes)
    # No traffic before it: what that earns is spent here, and would be in the figure.
    await fakes.fault("flaky:30", "metrics")
    load, words = await beside(paced(gateway.port, 500, run.scaled(20, 4)), (0.05, lambda: gateway.circuit("metrics")))
    calls, requests = await calls_of(fakes), len(load.answers)
    run.none_of("random 30 % 503: looks at a breaker that is not closed", sum(1 for _, w in words if w != "closed"), len(words))
    run.at_most("calls / requests", 1.25, calls / requests)
    run.at_least("complete answers", 82, 100 * sum(1 for a in load.answers if a.misses()) / requests, "%")
    run.none_of("answers that are not 200", sum(1 for a in load.answers if a.status != 200), requests, str(load.problems()))


@scenario
async def flapping(run):
    """One upstream is down every other second."""
    fakes = run.fakes()
    gateway = run.gateway(fakes)
    await paced(gateway.port, 500, 2)
    await fakes.reset_stats()
    seconds = run.scaled(20, 6)
    asking = asyncio.ensure_future(paced(gateway.port, 500, seconds + 9))
    for second in range(seconds):
        await fakes.fault("none" if second % 2 else "status:503", "metrics")
        await asyncio.sleep(1)
    calls, healed = await calls_of(fakes), time.monotonic()
    await fakes.fault("none", "metrics")
    load = await asking
    requests = sum(1 for a in load.answers if a.sent < healed)
    run.at_most(f"flapping every second for {seconds} s: calls / requests", 1.25, calls / requests)
    run.none_of("answers that are not 200", sum(1 for a in load.answers if a.status != 200), len(load.answers), str(load.problems()))
    late = [a for a in load.answers if a.sent > healed + OPEN * (1 + JITTER) + 2]
    run.none_of("incomplete answers later than 8 s after the last fault", sum(1 for a in late if not a.misses()), len(late))
    lost = sum(1 for a in load.answers for s in OTHERS if a.sections.get(s, (0, ""))[1] != "ok")
    run.none_of("sections of the other upstreams that are missing", lost, 3 * len(load.answers))


@scenario
async def retry_after(run):
    """503 with `Retry-After: 2`: nobody calls before."""
    fakes = run.fakes()
    gateway = run.gateway(fakes, {"TRIBUTARY_REQUEST_DEADLINE": "1s"})
    await fakes.fault("retry-after:2", "metrics")
    load, seen = await beside(paced(gateway.port, 100, run.scaled(9, 5)), (0.002, lambda: calls_of(fakes)))
    steps = [t for (_, before), (t, after) in zip([(0, 0)] + seen, seen) if after > before]
    gaps = [later - earlier for earlier, later in zip(steps, steps[1:])]
    run.at_least(f"503 with Retry-After: 2, {len(load.answers)} requests: shortest time between two calls (seen every 2 ms)", 1.99,
                 round(min(gaps), 2) if gaps else 0, "s")
    run.at_most("calls in one go", 1, max(after - before for (_, before), (_, after) in zip([(0, 0)] + seen, seen)))


@scenario
async def client_errors(run):
    """What cannot help is called exactly once."""
    fakes = run.fakes()
    gateway = run.gateway(fakes)
    for status in (400, 401, 403, 404, 422):
        await fakes.fault(f"status:{status}", "metrics")
        await fakes.reset_stats()
        load = await crowd(gateway.port, 8, run.scaled(500))
        calls, requests = await calls_of(fakes), len(load.answers)
        run.promise(f"{status}: calls for {requests} requests", f"{requests}", f"{calls}", calls == requests)
    run.promise("the breaker after all of them", "closed", word := await gateway.circuit("metrics"), word == "closed")
