"""reliability.md, "One deadline": one upstream is slow, broken or gone, and what that does to the rest."""

import asyncio
import json
import re
import socket
import struct
import time

from client import SUMMARY, Connection, crowd, fetch, get, paced, quantile
from stack import BREAKER_OFF, SERVICES, scenario

DEADLINE = 250  # ms
OTHERS = [name for name in SERVICES if name != "metrics"]


def with_deadline(ms=DEADLINE, **more):
    return {"TRIBUTARY_REQUEST_DEADLINE": f"{ms}ms", **more}


def mangled(load):
    """Answers among the sampled ones in which a section of a healthy upstream is not as it should be."""
    bodies = [json.loads(a.body) for a in load.answers if a.status == 200 and a.body]
    return sum(1 for b in bodies if not (len(b["users"]) == len(b["scraped_accounts"]) == 5 and b["dashboard_data"])), len(bodies)


@scenario
async def deadline(run):
    """slow, hang, hang after headers, drip: breakers off, because an open one would hide the deadline."""
    fakes = run.fakes()
    gateway = run.gateway(fakes, with_deadline(**BREAKER_OFF))
    count, rate = run.scaled(10_000, 1000), 500
    await paced(gateway.port, rate, 2)
    healthy = await paced(gateway.port, rate, count / rate / 4)
    for fault in ("slow:8s", "hang", "hang-after-headers", "drip"):
        await fakes.fault(fault, "metrics")
        load = await paced(gateway.port, rate, count / rate)
        await fakes.fault("none", "metrics")
        what, times = fault.split(":")[0], load.times()
        odd = [a for a in load.answers if not a.misses("metrics")]
        run.none_of(f"{what}: answers that are not 200 with the other three", len(odd), len(load.answers), str(load.problems()))
        run.none_of(f"{what}: sampled documents with a damaged section", *mangled(load))
        run.at_most(f"{what}: p99 of all answers (D = {DEADLINE} ms)", DEADLINE + 50, quantile(times, 0.99), "ms")
        for q, name in ((0.5, "p50"), (0.99, "p99")):
            later = max(quantile(load.section_times(s), q) - quantile(healthy.section_times(s), q) for s in OTHERS)
            run.at_most(f"{what}: other sections later than without the fault, {name}", 5, later, "ms")


@scenario
async def one_slow(run):
    """Hundreds of clients wait for an upstream that takes 300 ms, more than there are connections to it: the others do not notice."""
    fakes = run.fakes()
    gateway = run.gateway(fakes, with_deadline(1000))
    await paced(gateway.port, 600, 1)
    healthy = await paced(gateway.port, 600, 4)
    await fakes.fault("slow:300ms", "metrics")
    load = await paced(gateway.port, 600, run.scaled(12, 4))
    bad = [a for a in load.answers if a.status != 200]
    run.none_of("600 requests/s, one upstream of 300 ms: answers that are not 200", len(bad), len(load.answers), str(load.problems()))
    run.at_most("p99 of all answers (D = 1 s)", 1050, quantile(load.times(), 0.99), "ms")
    lost = sum(1 for a in load.answers for s in OTHERS if a.sections.get(s, (0, ""))[1] != "ok")
    run.none_of("sections of the other upstreams that are missing", lost, 3 * len(load.answers))
    later = max(quantile(load.section_times(s), 0.5) - quantile(healthy.section_times(s), 0.5) for s in OTHERS)
    run.at_most("other sections later, p50", 5, later, "ms")


@scenario
async def refused(run):
    fakes = run.fakes()
    gateway = run.gateway(fakes, BREAKER_OFF)
    await paced(gateway.port, 200, 1)
    await fakes.fault("refuse", "metrics")
    load = await paced(gateway.port, 200, run.scaled(10, 2))
    odd = [a for a in load.answers if not a.misses("metrics")]
    run.none_of("refused port: answers that are not 200 with the other three", len(odd), len(load.answers), str(load.problems()))
    for q, name in ((0.5, "p50"), (0.99, "p99")):
        run.at_most(f"refused port: its section is decided, {name} (up to three tries)", 50, quantile(load.section_times("metrics"), q), "ms")


@scenario
async def unknown_host(run):
    fakes = run.fakes()
    gateway = run.gateway(fakes, with_deadline(1000, MICROSERVICE3_URL="http://no-such-host.invalid:8000"))
    load = await paced(gateway.port, 100, run.scaled(10, 2))
    odd = [a for a in load.answers if not a.misses("metrics")]
    run.none_of("unknown host: answers that are not 200 with the other three", len(odd), len(load.answers), str(load.problems()))
    run.at_most("unknown host: other sections, p99", 50, max(quantile(load.section_times(s), 0.99) for s in OTHERS), "ms")


async def reset_in_the_middle(reader, writer):
    """Half of a body, then RST."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n" + b"[" + b" " * 2000)
    await writer.drain()
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@scenario
async def broken_answers(run):
    """reset, reset mid-body, short body, bad chunk, garbage, another shape."""
    fakes = run.fakes()
    cutter = await asyncio.start_server(reset_in_the_middle, "127.0.0.1", 0)
    gateway = run.gateway(fakes, BREAKER_OFF)
    cut = run.gateway(fakes, {**BREAKER_OFF, "MICROSERVICE3_URL": f"http://127.0.0.1:{cutter.sockets[0].getsockname()[1]}"}, name="cut")
    rate, seconds = 200, run.scaled(5, 1)
    for fault in ("reset", "reset mid-body", "truncated", "bad-chunk", "garbage", "wrong-shape"):
        if fault != "reset mid-body":
            await fakes.fault(fault, "metrics")
        load = await paced((cut if fault == "reset mid-body" else gateway).port, rate, seconds)
        await fakes.fault("none", "metrics")
        odd = [a for a in load.answers if not a.misses("metrics")]
        run.none_of(f"{fault}: answers that are not 200 with the other three", len(odd), len(load.answers), str(load.problems()))
    cutter.close()


@scenario
async def nobody_waits(run):
    """The client goes, or the deadline passes: how long the upstream goes on working for nobody."""
    fakes = run.fakes()
    gateway = run.gateway(fakes, BREAKER_OFF)
    gone = await cancelled_after(fakes, gateway, leave=lambda s: s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)))
    run.at_most("100 clients reset their connections: upstream calls cancelled after", 500, gone, "ms")
    # Seen from here it is the same as a client that has only finished its request (half-closed) and is owed an answer.
    closed = await cancelled_after(fakes, gateway, leave=lambda _: None)
    run.promise("100 clients close their connections: upstream calls cancelled after", "–", f"{closed:,.0f} ms", None)
    short = run.gateway(fakes, with_deadline(300, **BREAKER_OFF), name="short")
    run.at_most("deadline over: upstream calls cancelled after", 500, await cancelled_after(fakes, short), "ms")


async def cancelled_after(fakes, gateway, leave=None):
    """Milliseconds from the moment when 100 clients leave, or else have their answers, until the upstream is asked for nothing."""
    await fakes.fault("slow:20s", "metrics")
    clients = [await Connection.open(gateway.port) for _ in range(100)]
    asking = [asyncio.create_task(client.exchange(get())) for client in clients]
    if leave:
        while (await fakes.stats("metrics"))["in_flight"] < 100:
            await asyncio.sleep(0.01)
        for client in clients:
            leave(client.transport.get_extra_info("socket"))
            client.transport.abort()
    answers = await asyncio.gather(*asking)
    start = time.monotonic()
    if not leave and not all(a.misses("metrics") for a in answers):
        raise RuntimeError("the deadline did not end these requests")
    while (await fakes.stats("metrics"))["in_flight"] and time.monotonic() - start < 10:
        await asyncio.sleep(0.01)
    took = (time.monotonic() - start) * 1000
    await fakes.fault("none", "metrics")
    for client in clients:
        client.close()
    return took


@scenario
async def keep_alive(run):
    """Connections that upstreams close after three answers, and upstreams that restart."""
    fakes = run.fakes()
    gateway = run.gateway(fakes)
    await fakes.fault("close-after:3")
    load = await crowd(gateway.port, 16, run.scaled(20_000))
    odd = [a for a in load.answers if not a.misses()]
    run.none_of("keep-alive closed under us: requests that show it", len(odd), len(load.answers), str(load.problems()))
    await fakes.fault("none")
    done = asyncio.Event()
    asking = asyncio.create_task(crowd(gateway.port, 16, run.scaled(20_000)))
    asking.add_done_callback(lambda _: done.set())
    restarts, longest = 0, 0.0
    while not done.is_set():
        await asyncio.sleep(0.1)
        name, start = SERVICES[restarts % 4], time.monotonic()
        # Every connection is closed and the port refuses, for as long as it takes to say so.
        await fakes.fault("refuse", name)
        await fakes.fault("none", name)
        restarts, longest = restarts + 1, max(longest, time.monotonic() - start)
    load = asking.result()
    odd = [a for a in load.answers if not a.misses()]
    why = sorted({details for a in odd for details in re.findall(r'details="(\w+)"', a.field("proxy-status") or "")})
    run.none_of(f"{restarts} restarts of an upstream, its port closed up to {longest * 1000:.0f} ms: requests that show it", len(odd),
                len(load.answers), ", ".join(why) or str(load.problems()))


@scenario
async def second_response(run):
    """Every upstream sends every answer twice: nobody may be given somebody else's."""
    fakes = run.fakes("--users", "50", "--accounts", "50", "--posts", "50")
    gateway = run.gateway(fakes)
    await fakes.fault("second-response")
    count, foreign, asked = run.scaled(4000), 0, 0
    clients = 8

    async def client(first):
        nonlocal foreign, asked
        for n in range(first, count, clients):
            user = 1 + n % 50
            answer = await fetch(gateway.port, get(f"/api/dashboard/consolidated?user_id={user}"))
            asked += 1
            document = json.loads(answer.body) if answer.status == 200 else {}
            ids = [u["id"] for u in document.get("users", [])] + [a["userId"] for a in document.get("scraped_accounts", [])]
            foreign += not ids or any(i != user for i in ids)

    await asyncio.gather(*(client(n) for n in range(clients)))
    run.none_of("answers to nobody's question: documents with another user's data, or none", foreign, asked)


@scenario
async def prefer(run):
    """`Prefer: wait=N` shortens the deadline of one request; `handling=strict` refuses a partial answer."""
    fakes = run.fakes()
    gateway = run.gateway(fakes, BREAKER_OFF)
    await fakes.fault("hang", "metrics")
    wait = await fetch(gateway.port, get(fields="Prefer: wait=1\r\n"))
    run.at_most("Prefer: wait=1 beside a hanging upstream: answered after", 1050, wait.took * 1000, "ms")
    applied = wait.field("preference-applied")
    run.promise("Prefer: wait=1 is confirmed", "Preference-Applied", applied or "nothing", bool(applied))
    for path in (get(fields="Prefer: wait=1, handling=strict\r\n"), get(SUMMARY, "Prefer: wait=1, handling=strict\r\n")):
        strict = await fetch(gateway.port, path)
        kind = strict.field("content-type") or "no type"
        run.promise("Prefer: handling=strict, one section missing", "503 or 504 problem+json", f"{strict.status} {kind}",
                    strict.status in (503, 504) and "problem+json" in kind)
