"""An HTTP client that hides nothing (raw sockets, no retries), and the loads that are made of it."""

import asyncio
import re
import time
from dataclasses import dataclass, field

IDENTITY = "Authorization: Bearer admin-token\r\nx-user-id: 1\r\nx-user-role: ADMIN\r\n"
CONSOLIDATED, SUMMARY, HEALTH = "/api/dashboard/consolidated", "/api/dashboard/summary", "/api/health/services"
TIMING = re.compile(r'([\w-]+);dur=([\d.]+);desc="(\w+)"')


def get(path=CONSOLIDATED, fields=""):
    return f"GET {path} HTTP/1.1\r\nHost: test\r\n{fields}\r\n".encode()


@dataclass(slots=True)
class Answer:
    sent: float  # monotonic seconds, when it was due
    took: float = 0.0  # seconds from then to its last byte
    status: int = 0  # 0: there was no whole answer
    problem: str = ""  # why not
    fields: str = ""  # lower case, as they came
    body: bytes = b""

    def field(self, name):
        found = re.search(rf"\r\n{name}: *([^\r]*)", self.fields)
        return found.group(1) if found else None

    @property
    def sections(self):
        """Upstream → (milliseconds, status word), from `Server-Timing`."""
        return {name: (float(ms), word) for name, ms, word in TIMING.findall(self.field("server-timing") or "")}

    def misses(self, *names):
        """Whether exactly the sections of these upstreams are not there, in an answer that is one."""
        found = self.sections
        return self.status == 200 and len(found) == 4 and {n for n, (_, word) in found.items() if word != "ok"} == set(names)


class Connection(asyncio.Protocol):
    """One keep-alive connection, one request at a time."""

    def __init__(self, *_):
        self.transport, self.waiter, self.bytes, self.is_open = None, None, bytearray(), False

    @classmethod
    async def open(cls, port, limit=5):
        loop = asyncio.get_running_loop()
        _, connection = await asyncio.wait_for(loop.create_connection(cls, "127.0.0.1", port), limit)
        return connection

    async def exchange(self, request, limit=30):
        answer = Answer(time.monotonic())
        self.waiter = asyncio.get_running_loop().create_future()
        alarm = asyncio.get_running_loop().call_later(limit, self.fail, f"no answer in {limit:g} s")
        self.transport.write(request)
        try:
            answer.status, answer.fields, answer.body = await self.waiter
            if re.search(r"\r\nconnection: *close", answer.fields):
                self.close()
        except ConnectionError as error:
            answer.problem = str(error)
            self.close()
        finally:
            alarm.cancel()
        answer.took = time.monotonic() - answer.sent
        return answer

    def close(self):
        self.is_open = False
        self.transport.close()

    def fail(self, problem):
        if self.waiter and not self.waiter.done():
            self.waiter.set_exception(ConnectionError(problem))

    def connection_made(self, transport):
        self.transport, self.is_open = transport, True

    def connection_lost(self, error):
        self.is_open = False
        cut = "in the middle of an answer" if self.bytes else "before an answer"
        self.fail(f"{'reset' if error else 'closed'} {cut}")

    def data_received(self, data):
        self.bytes += data
        end = self.bytes.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.bytes[:end].decode("latin-1").lower()
        body = self.body(head, end + 4)
        if body is not None and self.waiter and not self.waiter.done():
            self.bytes.clear()
            self.waiter.set_result((int(head[9:12]), head, body))

    def body(self, head, start):
        """The whole body, or None while there is more to come."""
        length = re.search(r"\r\ncontent-length: *(\d+)", head)
        if length:
            end = start + int(length.group(1))
            return bytes(self.bytes[start:end]) if len(self.bytes) >= end else None
        if "transfer-encoding: chunked" in head:
            # Nobody looks into such a body; its end is enough.
            return bytes(self.bytes[start:]) if self.bytes.endswith(b"0\r\n\r\n") else None
        return b""


async def fetch(port, request=get("/"), limit=30):
    """One exchange on a connection of its own."""
    try:
        connection = await Connection.open(port)
    except (OSError, asyncio.TimeoutError) as error:
        return Answer(time.monotonic(), problem=f"connect: {type(error).__name__}")
    try:
        return await connection.exchange(request, limit)
    finally:
        connection.close()


@dataclass
class Load:
    """The answers to a load. Bodies are kept of every `sample`th only."""

    answers: list = field(default_factory=list)
    sample: int = 50
    idle: list = field(default_factory=list)
    lasted: float = 0.0  # seconds in which the requests were sent

    def add(self, answer):
        if len(self.answers) % self.sample:
            answer.body = b""
        self.answers.append(answer)

    async def one(self, port, request, limit):
        """On a connection that is free, or on a new one, for which it waits too."""
        born, connection = time.monotonic(), None
        while self.idle and not connection:
            connection = self.idle.pop()
            connection = connection if connection.is_open else None
        try:
            connection = connection or await Connection.open(port)
        except (OSError, asyncio.TimeoutError) as error:
            return self.add(Answer(born, time.monotonic() - born, problem=f"connect: {type(error).__name__}"))
        answer = await connection.exchange(request, limit)
        answer.sent, answer.took = born, answer.sent - born + answer.took
        self.add(answer)
        if connection.is_open:
            self.idle.append(connection)

    def close(self):
        for connection in self.idle:
            connection.close()
        self.idle.clear()

    def times(self, status=200):
        """Milliseconds, in order."""
        return sorted(a.took * 1000 for a in self.answers if a.status == status)

    def section_times(self, name):
        return sorted(a.sections[name][0] for a in self.answers if name in a.sections)

    def problems(self):
        """What was not a 2xx, and how often."""
        found = {}
        for a in self.answers:
            if not 200 <= a.status < 300:
                key = a.problem or str(a.status)
                found[key] = found.get(key, 0) + 1
        return found


def numbered(request, n):
    return request(n) if callable(request) else request


async def paced(port, rate, seconds, request=get(), limit=30, load=None):
    """`rate` requests a second, whether the earlier ones are answered or not; `request` may be a function of their number."""
    load, loop, tasks = load or Load(), asyncio.get_running_loop(), set()
    start = loop.time()
    for n in range(int(rate * seconds)):
        wait = start + n / rate - loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
        elif n % 64 == 0:
            await asyncio.sleep(0)
        task = loop.create_task(load.one(port, numbered(request, n), limit))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    load.lasted = loop.time() - start
    if tasks:
        await asyncio.wait(set(tasks))
    load.close()
    return load


async def crowd(port, clients, count=None, request=get(), limit=30, until=None):
    """So many clients, each asking again as soon as it is answered: `count` requests in all, or until the event."""
    load, given = Load(), 0

    async def client():
        nonlocal given
        while (count is None or given < count) and not (until and until.is_set()):
            given += 1
            await load.one(port, numbered(request, given), limit)
            if load.answers[-1].problem:
                await asyncio.sleep(0.01)

    await asyncio.gather(*(client() for _ in range(clients)))
    load.close()
    return load


def quantile(ordered, q):
    return ordered[min(len(ordered) - 1, int(len(ordered) * q))] if ordered else float("nan")
