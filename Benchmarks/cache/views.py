"""Page views over a fleet: what 200 clients cost the upstreams."""

import asyncio
import json
import time

from client import CONSOLIDATED, SUMMARY, Load, fetch, get, quantile
from figures import Bound, Table
from load import Invalid
from servers import CREDENTIALS, SERVICES, Balancer, Fakes, Redis, gateway

CLIENTS, REPLICAS, TTL = 200, 4, 2.0


async def watched(fakes, seconds):
    """Service → when it was called, to 20 ms."""
    calls, before, end = {name: [] for name in SERVICES}, {name: 0 for name in SERVICES}, time.monotonic() + seconds
    while time.monotonic() < end:
        answers = await asyncio.gather(*(fetch(fakes.control[name], get("/_stats")) for name in SERVICES))
        for name, answer in zip(SERVICES, answers):
            stats = json.loads(answer.body)
            total = stats["total"] - stats["health"]
            calls[name] += [time.monotonic()] * (total - before[name])
            before[name] = total
        await asyncio.sleep(0.02)
    return calls


def expiries(times):
    """How many calls each expiry took: what comes within half a `ttl` of another is for the same one."""
    bursts = []
    for moment in times:
        if bursts and moment - bursts[-1][0] < TTL / 2:
            bursts[-1].append(moment)
        else:
            bursts.append([moment])
    return [len(burst) for burst in bursts]


async def viewed(port, until):
    """Each client asks for both documents at once, looks at them for a moment, and asks again."""
    load = Load()

    async def client():
        while time.monotonic() < until:
            await asyncio.gather(load.one(port, get(CONSOLIDATED), 10), load.one(port, get(SUMMARY), 10))
            await asyncio.sleep(0.5)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    load.close()
    return load


def fleet_run(run, lifetimes, seconds, name):
    """`seconds` of views over a fleet that begins with nothing."""
    fakes = run.own(Fakes(run.binary, run.folder, "--users", "5", "--accounts", "5", "--posts", "5"))
    redis = run.own(Redis(run.folder))
    env = {**fakes.environment, **redis.environment, **CREDENTIALS, "TRIBUTARY_CACHE_TTL": f"{TTL:g}s", **lifetimes}
    replicas = [run.own(gateway(run.binary, run.folder, env, f"{name}-{n}")) for n in range(REPLICAS)]
    balancer = run.own(Balancer(run.folder, [r.port for r in replicas]))

    async def both():
        return await asyncio.gather(viewed(balancer.port, time.monotonic() + seconds), watched(fakes, seconds + 1))

    load, calls = asyncio.run(both())
    for process in (balancer, *replicas, redis, fakes):
        process.stop()
    if problems := load.problems():
        raise Invalid(f"page views failed: {problems}")
    return load, [expiries(calls[name]) for name in SERVICES]


def page_views(run):
    seconds = 6 if run.quick else 12
    table = Table("Page views", [f"{CLIENTS} clients, {REPLICAS} replicas, one Redis", "page views", "upstream calls", "calls a ttl, whole fleet",
                                 "calls a section and expiry, mean", "most", "cold start: calls", "p99 ms"])
    for label, lifetimes in (("refreshed behind stale answers", {}), ("no stale answers: who comes at an expiry waits", {
            "TRIBUTARY_CACHE_STALE_WHILE_REVALIDATE": "0s"})):
        load, sections = fleet_run(run, lifetimes, seconds, "stale" if not lifetimes else "strict")
        later = [n for bursts in sections for n in bursts[1:]]
        if not later:
            raise Invalid("nothing has expired")
        mean = sum(later) / len(later)
        views, total = len(load.answers) // 2, sum(map(sum, sections))
        # Without the chance that stretches and shrinks each ttl: what one expiry of each section takes.
        per_ttl = sum(sum(bursts[1:]) / max(len(bursts) - 1, 1) for bursts in sections)
        table.rows.append([label, f"{views:,}", f"{total}", f"{per_ttl:.2f}", f"{mean:.3f} of {len(later)}", f"{max(later)}",
                           f"{sum(bursts[0] for bursts in sections)}", f"{quantile(load.times(), 0.99):.0f}"])
        table.bounds += [Bound(f"{label}: upstream calls a ttl", per_ttl, 4.2), Bound(f"{label}: calls a section and expiry", mean, 1.05),
                         Bound(f"{label}: most of one expiry", max(later), 2)]
    table.notes.append(f"`ttl` {TTL:g} s; a view is `/consolidated` and `/summary` at once, which without a cache are 8 calls. Counted by the fake services. "
                       "At the cold start four replicas know nothing, and 200 clients come at once. Clients, balancer and services share a core, and the "
                       "p99 is that of a crowd there.")
    return table
