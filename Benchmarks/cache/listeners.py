"""Two thousand clients of the stream, and the services behind it, in one thread on the core of the load."""

import asyncio
import json
import os
import threading
import time

from processes import Cores

STREAM = "/api/dashboard/stream"


class Service(asyncio.Protocol):
    """All four services on one port: bodies from memory, counted."""

    def __init__(self, owner):
        self.owner = owner
        self.text = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.text += data
        while b"\r\n\r\n" in self.text:
            head, _, rest = self.text.partition(b"\r\n\r\n")
            length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
            if len(rest) < length:
                return
            self.text = rest[length:]
            path = head.split(b" ")[1].decode()
            body = self.owner.body(path)
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


class Listener(asyncio.Protocol):
    """One stream: counts its events, forgets their bytes."""

    def __init__(self, owner):
        self.owner = owner
        self.tail = b""

    def connection_made(self, transport):
        transport.write(f"GET {STREAM} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        self.transport = transport

    def data_received(self, data):
        text = self.tail + data
        self.owner.documents += text.count(b"\nevent: document\n")
        sections = text.count(b"\nevent: section\n")
        self.owner.sections += sections
        if sections:
            self.owner.last = time.monotonic()
        # No mark is counted twice, and none is missed that is cut in two.
        self.tail = text[-15:] if len(text) > 15 else text

    def connection_lost(self, error):
        self.owner.open -= 1


class Listeners:
    """What a figure uses, from its own thread."""

    PATHS = {"/api/v1/auth/users": "users", "/scrapedAccounts": "accounts", "/dbquery/user": "metrics"}

    def __init__(self, bodies):
        self.bodies = {}
        for name in ("users", "accounts", "metrics"):
            with open(os.path.join(bodies, f"{name}.json"), "rb") as f:
                self.bodies[name] = f.read()
        self.number = self.calls = self.documents = self.sections = self.open = 0
        self.last = 0.0
        self.transports = []
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        self.server = self.call(self.loop.create_server(lambda: Service(self), "127.0.0.1", 0))
        self.port = self.server.sockets[0].getsockname()[1]

    def run(self):
        os.sched_setaffinity(0, Cores.load)
        self.loop.run_forever()

    def call(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(120)

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    @property
    def environment(self):
        return {f"MICROSERVICE{i}_URL": f"http://127.0.0.1:{self.port}" for i in range(1, 5)}

    def body(self, path):
        self.calls += 1
        name = self.PATHS.get(path)
        rows = [{"adminId": self.number, "usedHashTag": f"#tag{n}", "views": n * 1000} for n in range(10)]
        return self.bodies[name] if name else json.dumps(rows).encode()

    def connect(self, port, count):
        """Opens streams and waits until each has been told of the whole document."""
        async def connect():
            for _ in range(count):
                transport, _ = await self.loop.create_connection(lambda: Listener(self), "127.0.0.1", port)
                self.transports.append(transport)
                self.open += 1
        wanted = self.documents + count
        self.call(connect())
        self.until(lambda: self.documents >= wanted, "the documents")

    def disconnect(self):
        async def close():
            for transport in self.transports:
                transport.abort()
            self.transports = []
        self.call(close())
        self.until(lambda: self.open == 0, "the ends")

    @staticmethod
    def until(holds, what, seconds=60):
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise RuntimeError(f"{what} did not come")
            time.sleep(0.005)
