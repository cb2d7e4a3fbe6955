"""reliability.md, "Bytes and time are bounded everywhere": clients that send too much, too slowly, or nothing at all."""

import asyncio
import os
import re
import resource
import socket
import subprocess
import time

from client import CONSOLIDATED, Connection, fetch, get, paced, quantile
from processes import Upstreams
from stack import PAYLOADS, scenario


def with_body(size, framing):
    body = b"x" * size
    if framing == "chunked":
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (size, body)
        return get(fields="Transfer-Encoding: chunked\r\n") + body
    return get(fields=f"Content-Length: {size}\r\n") + body


@scenario
async def bounds(run):
    gateway = run.gateway(run.fakes())
    many = "".join(f"X-{i}: y\r\n" for i in range(101))
    wanted = {
        "request line of 9 KB": (414, get("/?" + "x" * 9000)),
        "one header of 17 KB": (431, get(fields="X-Long: " + "x" * 17_000 + "\r\n")),
        "headers of 36 KB in all": (431, get(fields="".join(f"X-{i}: {'x' * 9000}\r\n" for i in range(4)))),
        "101 header fields": (431, get(fields=many)),
        "body of 70 KB with its length": (413, with_body(70_000, "length")),
        "body of 70 KB in chunks": (413, with_body(70_000, "chunked")),
    }
    for what, (status, request) in wanted.items():
        answer = await fetch(gateway.port, request, 15)
        run.promise(what, str(status), str(answer.status or answer.problem), answer.status == status)
    within = get("/?" + "x" * 7000, "X-Long: " + "x" * 15_000 + "\r\n" + "".join(f"X-{i}: y\r\n" for i in range(90)))
    answer = await fetch(gateway.port, within)
    run.promise("a request just within all bounds", "200", str(answer.status or answer.problem), answer.status == 200)


@scenario
async def pipelining(run):
    fakes = run.fakes()
    gateway = run.gateway(fakes)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    paths = [CONSOLIDATED if n % 3 == 0 else "/" for n in range(60)]
    writer.write(b"".join(get(path, f"X-Request-Id: pipe-{n}\r\n") for n, path in enumerate(paths)))
    found = []
    try:
        while len(found) < len(paths):
            head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 15)).decode().lower()
            await reader.readexactly(int(re.search(r"content-length: *(\d+)", head).group(1)))
            found += re.findall(r"x-request-id: *pipe-(\d+)", head)
    except (asyncio.IncompleteReadError, asyncio.TimeoutError, ConnectionError):
        pass  # what came until then is what was found
    writer.close()
    in_order = found == [str(n) for n in range(len(paths))]
    run.promise("60 pipelined requests: answered, in order", "60", f"{len(found)}{'' if in_order else ', not in order'}", in_order)
    await fakes.fault("slow:500ms", "metrics")
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(get())
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 15)
    writer.close()
    run.promise("a half-closed client gets its answer", "whole", f"{len(answer):,} bytes", b'"metadata"' in answer)


def is_held(gateway, port):
    """Whether the gateway still holds the connection from that port of ours: the kernel's word, since it may keep the rest to itself."""
    ours, theirs = f":{gateway.port:04X}", f":{port:04X}"
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table]
    # 01 ESTABLISHED, 08 CLOSE_WAIT
    return any(row[1].endswith(ours) and row[2].endswith(theirs) and row[3] in ("01", "08") for row in rows)


async def held_for(gateway, first, more=b"", read=0, limit=75):
    """Seconds until the gateway gives up a connection that sends `first`, then `more` every second, and reads so much of what it
    is sent; and the status that it was given."""
    loop, s = asyncio.get_running_loop(), socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.setblocking(False)
    await loop.sock_connect(s, ("127.0.0.1", gateway.port))
    port, heard, start = s.getsockname()[1], b"", time.monotonic()
    try:
        if first:
            await loop.sock_sendall(s, first)
        beat = start
        while is_held(gateway, port) and time.monotonic() - start < limit:
            await asyncio.sleep(0.1)
            if time.monotonic() - beat < 1:
                continue
            beat += 1
            try:
                if more:
                    s.send(more)
                if read:
                    heard += s.recv(read)
            except BlockingIOError:
                pass
            except OSError:
                break
        took = time.monotonic() - start
        try:
            heard += s.recv(4096)
        except OSError:
            pass
        status = re.match(rb"HTTP/1.1 (\d+)", heard)
        return took, status.group(1).decode() if status else "no answer"
    finally:
        s.close()


@scenario
async def slow_clients(run):
    """How long one slow client is borne: times in all, not per byte."""
    fakes = run.fakes("--users", "20000")
    gateway = run.gateway(fakes)
    cases = {
        "header bytes every second: cut after": (10, b"GET / HTTP/1.1\r\nHost: t\r\n", b"X-A: b\r\n", 100),
        "body byte every second: cut after": (30, get(fields="Content-Length: 5000\r\n"), b"x", 0),
        "4 MB read at 100 bytes a second: cut after": (30, get(), b"", 100),
        "nothing sent: closed after": (60, b"", b"", 0),
        "idle after an answer: closed after": (60, get("/"), b"", 0),
    }
    held = await asyncio.gather(*(held_for(gateway, *rest) for _, *rest in cases.values()))
    for (what, (most, *_)), (took, status) in zip(cases.items(), held):
        run.promise(what, f"≤ {most + 1} s", f"{took:.1f} s ({status})" if took < 75 else "still held after 75 s", took <= most + 1)


ATTACKS = {"headers": ["-H"], "body": ["-B", "-t", "GET"], "read": ["-X", "-w", "1", "-y", "64", "-z", "5", "-n", "2", "-k", "3"]}


@scenario
async def slowhttptest(run):
    """2,000 slow clients, and what the others notice. The tool takes time of this machine, so the p99 beside it is compared with
    the one beside the same attack on an idle nginx."""
    bodies = os.path.join(run.folder, "slow-bodies")
    subprocess.run(["python3", PAYLOADS, bodies], check=True, stdout=subprocess.DEVNULL)
    elsewhere = run.own(Upstreams("nginx", run.folder, bodies))
    fakes = run.fakes("--users", "50", "--accounts", "25", "--posts", "50")
    gateway = run.gateway(fakes)
    await paced(gateway.port, 200, 2)
    for mode in ATTACKS:
        control, _ = await beside_attack(run, gateway, mode, f"http://127.0.0.1:{elsewhere.ports[2]}/dbquery/user")
        load, held = await beside_attack(run, gateway, mode, f"http://127.0.0.1:{gateway.port}{CONSOLIDATED}")
        run.none_of(f"slow {mode}: requests of others that failed", sum(a.status != 200 for a in load.answers), len(load.answers),
                    str(load.problems()))
        p99, most = quantile(load.times(), 0.99), 2 * quantile(control.times(), 0.99)
        run.promise(f"slow {mode}: p99 of the others", f"≤ 2 × {most / 2:.1f} ms", f"{p99:.1f} ms", p99 <= most)
        run.promise(f"slow {mode}: connections that the gateway holds at the end", "–", f"{held:,}", None)


async def beside_attack(run, gateway, mode, url):
    """A modest load on the gateway while `url` is attacked."""
    seconds = run.scaled(12, 5)
    command = ["slowhttptest", *ATTACKS[mode], "-c", "2000", "-r", "1000", "-i", "2", "-l", str(seconds + 6), "-p", "3", "-v", "1", "-u", url]
    attack = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=run.folder)
    try:
        await asyncio.sleep(3)
        load = await paced(gateway.port, 200, seconds, get(CONSOLIDATED + "?user_id=1"))
        return load, connections_of(gateway)
    finally:
        attack.terminate()
        attack.wait()


def connections_of(gateway):
    """Sockets that the gateway has open."""
    folder = f"/proc/{gateway.pid}/fd"
    return sum(1 for fd in os.listdir(folder) if os.readlink(f"{folder}/{fd}").startswith("socket:"))


@scenario
async def idle_connections(run):
    """10,000 clients that have asked once and keep their connections."""
    gateway = run.gateway(run.fakes())
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 500
    wanted = min(run.scaled(10_000), most)
    await paced(gateway.port, 200, 3)
    before, p99 = gateway.memory(), quantile((await paced(gateway.port, 200, 5)).times(), 0.99)
    connections, door = [], asyncio.Semaphore(100)

    async def come():
        async with door:
            connection = await Connection.open(gateway.port)
            connections.append((connection, (await connection.exchange(get("/"))).status))

    came = await asyncio.gather(*(come() for _ in range(wanted)), return_exceptions=True)
    lost = sum(1 for c in came if c) + sum(1 for _, status in connections if status != 200)
    run.none_of("idle connections: not opened, or first request not answered", lost, wanted)
    held = gateway.memory()
    run.promise(f"RSS for one of {len(connections):,} idle connections", "–", f"{(held - before) * 1024 / len(connections):.1f} KB", None)
    load = await paced(gateway.port, 200, 5)
    run.none_of("requests of others beside them that failed", sum(a.status != 200 for a in load.answers), len(load.answers))
    run.at_most(f"p99 of the others / p99 without ({p99:.1f} ms)", 2, quantile(load.times(), 0.99) / p99)
    run.none_of("idle connections that were closed within these seconds", sum(not c.is_open for c, _ in connections), len(connections))
    for connection, _ in connections:
        connection.close()
