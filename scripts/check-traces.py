#!/usr/bin/env python3
"""check-traces.py BINARY: what a gateway exports of its requests is read by OpenTelemetry's own messages (PyPI's opentelemetry-proto), which
know nothing of our encoder: names, kinds, parents, ids, times and attributes are what they should be. Wants redis-server."""

import http.server
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from pytools import TOOLS, install  # noqa: E402

if pathlib.Path(sys.prefix) != TOOLS:
    install()
    os.execv(TOOLS / "bin/python", [str(TOOLS / "bin/python"), *sys.argv])

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest  # noqa: E402
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status  # noqa: E402

from demo import Gateway, upstreams  # noqa: E402

DOCUMENT = "/api/dashboard/consolidated"
SECTIONS = {"users", "scraped_accounts", "metrics", "dashboard_data"}
# The client's span, above all that is sampled.
CLIENT = "00f067aa0ba902b7"
SAMPLED, HIT, UNSAMPLED, BROKEN = ("%032x" % (0x4BF92F3577B34DA6 << 64 | number) for number in (1, 2, 3, 4))

failed = False


def hold(condition: bool, text: str) -> None:
    global failed
    if not condition:
        failed = True
        print(f"check-traces: FAILED: {text}")


class Collector(http.server.ThreadingHTTPServer):
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        hold(self.path == "/v1/traces" and self.headers["content-type"] == "application/x-protobuf", f"an export to {self.path}")
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Redis:
    """One of its own, which keeps nothing. Ends with the block."""

    def __enter__(self) -> str:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
            stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if "Ready to accept connections" in line:
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                return f"redis://127.0.0.1:{port}"
        raise SystemExit("redis-server did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def ask(url: str, trace: str, is_sampled: bool, status: int = 200) -> None:
    request = urllib.request.Request(url + DOCUMENT, headers={"traceparent": f"00-{trace}-{CLIENT}-0{int(is_sampled)}"})
    try:
        with urllib.request.urlopen(request) as answer:
            found = answer.status
    except urllib.error.HTTPError as error:
        found = error.code
    hold(found == status, f"{DOCUMENT} answered {found}, not {status}")


def export(binary: str, collector: Collector) -> None:
    """Four requests: from the services, from memory, not sampled, and without services."""
    with Redis() as redis, upstreams(binary) as services:
        environment = {
            f"TRIBUTARY_UPSTREAMS_{name.upper()}_URL": services.found(rf"^{name}\s+(http://[\d.]+:\d+)")
            for name in ("users", "accounts", "metrics", "dashboard")
        }
        environment |= {
            "TRIBUTARY_UPSTREAMS_USERS_CREDENTIAL": "Authorization: Bearer admin-token",
            "TRIBUTARY_UPSTREAMS_ACCOUNTS_CREDENTIAL": "x-user-id: 1; x-user-role: ADMIN",
            "REDIS_URL": redis, "TRIBUTARY_CACHE_KEY_SECRET": "a secret of this check alone, long enough",
            "TRIBUTARY_TRACING_ENDPOINT": f"http://127.0.0.1:{collector.server_port}", "TRIBUTARY_TRACING_SAMPLE_RATIO": "0",
            "TRIBUTARY_CACHE_TTL": "1h", "TRIBUTARY_SERVER_DRAIN": "0s",
        }
        # What is left is exported at its end.
        with Gateway([binary, "serve", "--port", "0"], environment) as gateway:
            ask(gateway.url, SAMPLED, True)
            ask(gateway.url, HIT, True)
            ask(gateway.url, UNSAMPLED, False)
            services.process.terminate()
            services.process.wait(timeout=40)
            subprocess.run([binary, "purge", "--all", "--hard", "--url", gateway.admin], check=True, stdout=subprocess.DEVNULL)
            ask(gateway.url, BROKEN, False, 503)


def decoded(bodies: list[bytes]) -> list[Span]:
    spans = []
    for body in bodies:
        request = ExportTraceServiceRequest()
        request.ParseFromString(body)
        hold(request.SerializeToString() == body, "the same spans, written by opentelemetry-proto, are other bytes")
        for resource in request.resource_spans:
            names = {attribute.key: attribute.value.string_value for attribute in resource.resource.attributes}
            hold(names.get("service.name") == "tributary" and names.get("service.instance.id"), f"the resource is {names}")
            for scope in resource.scope_spans:
                spans += scope.spans
    return spans


class Trace:
    """The spans of one trace, as a tree."""

    def __init__(self, spans: list[Span], trace: str):
        self.name = trace
        self.spans = [span for span in spans if span.trace_id.hex() == trace]
        self.by_id = {span.span_id: span for span in self.spans}
        hold(len(self.by_id) == len(self.spans), f"{trace}: a span id comes twice")
        hold(all(len(span.span_id) == 8 for span in self.spans), f"{trace}: a span id that has not 8 bytes")
        self.root = next((span for span in self.spans if span.parent_span_id.hex() == CLIENT), Span())
        hold([span.span_id for span in self.spans if span.parent_span_id not in self.by_id] == [self.root.span_id],
             f"{trace}: a span without its parent")
        hold(all(0 < span.start_time_unix_nano <= span.end_time_unix_nano for span in self.spans), f"{trace}: a span ends before it begins")

    def below(self, span: Span) -> list[Span]:
        return sorted((other for other in self.spans if other.parent_span_id == span.span_id), key=lambda other: other.start_time_unix_nano)

    def sections(self) -> dict[str, Span]:
        return {span.name.removeprefix("section "): span for span in self.below(self.root)}


def exists(spans: list[Span], trace: str) -> bool:
    return any(span.trace_id.hex() == trace for span in spans)


def attributes(span: Span) -> dict[str, object]:
    return {attribute.key: getattr(attribute.value, attribute.value.WhichOneof("value")) for attribute in span.attributes}


def check_looks(trace: Trace, section: Span, expected: list[tuple[str, str | None]]) -> None:
    """The looks below a section, in their order, with what they found; they lie within it."""
    looks = [span for span in trace.below(section) if span.name.startswith("cache ")]
    found = []
    for look in looks:
        its = attributes(look)
        found.append((look.name, its.get("tributary.cache.result") or its.get("tributary.cache.lease")))
        is_redis = look.name in ("cache redis", "cache lease")
        hold(look.kind == (Span.SPAN_KIND_CLIENT if is_redis else Span.SPAN_KIND_INTERNAL), f"{look.name}: kind {look.kind}")
        hold(its.get("db.system.name") == ("redis" if is_redis else None), f"{look.name}: {its}")
        hold(its.get("tributary.cache.level") == ("memory" if look.name == "cache memory" else "redis"), f"{look.name}: {its}")
        # Moments of one clock, told by another: a microsecond.
        hold(section.start_time_unix_nano <= look.start_time_unix_nano + 1000
             and look.end_time_unix_nano <= section.end_time_unix_nano + 1000, f"{look.name} is not within {section.name}")
    hold(found == expected, f"{section.name}: {found}, not {expected}")
    hold(not any(event.name in ("memory_lookup", "redis_lookup", "lease_held") for event in section.events), f"{section.name}: told twice")


def check_request(trace: Trace, outcome: str, status: int) -> None:
    its = attributes(trace.root)
    hold(trace.root.name == f"GET {DOCUMENT}" and trace.root.kind == Span.SPAN_KIND_SERVER, f"{trace.name}: {trace.root.name}")
    hold(its.get("http.route") == DOCUMENT and its.get("http.response.status_code") == status, f"{trace.name}: {its}")
    hold(its.get("tributary.outcome") == outcome, f"{trace.name}: outcome {its.get('tributary.outcome')}")
    hold((trace.root.status.code == Status.STATUS_CODE_ERROR) == (status >= 500), f"{trace.name}: its status")
    hold(set(trace.sections()) == SECTIONS, f"{trace.name}: sections {sorted(trace.sections())}")


def main(binary: str) -> None:
    print("check-traces: what a gateway exports is read by opentelemetry-proto", flush=True)
    if not shutil.which("redis-server"):
        raise SystemExit("check-traces: no redis-server")
    collector = Collector()
    export(binary, collector)
    spans = decoded(collector.bodies)

    trace = Trace(spans, SAMPLED)
    check_request(trace, "complete", 200)
    for name, section in trace.sections().items():
        hold(attributes(section).get("tributary.section.state") == "fresh", f"section {name}: {attributes(section)}")
        check_looks(trace, section, [
            ("cache memory", "miss"), ("cache redis", "miss"), ("cache lease", "held"), ("cache redis", "miss")])
        calls = [span for span in trace.below(section) if span.name.startswith("upstream ")]
        hold(len(calls) == 1 and calls[0].kind == Span.SPAN_KIND_CLIENT, f"section {name}: {len(calls)} calls")
        for tried in [tried for call in calls for tried in trace.below(call)]:
            its = attributes(tried)
            hold(tried.name == its.get("http.request.method") == ("POST" if name == "metrics" else "GET"), f"section {name}: {its}")
            hold(its.get("http.response.status_code") == 200 and its.get("server.port", 0) > 0, f"section {name}: {its}")
        hold(len(trace.spans) == 1 + 4 * (1 + 4 + 2), f"{len(trace.spans)} spans")

    trace = Trace(spans, HIT)
    check_request(trace, "complete", 200)
    for section in trace.sections().values():
        check_looks(trace, section, [("cache memory", "hit")])
    hold(len(trace.spans) == 1 + 4 * 2, f"{len(trace.spans)} spans of an answer from memory")

    hold(not exists(spans, UNSAMPLED), "spans of a request that was not sampled, and went well")

    # Not sampled, and then it went wrong: made of the timeline.
    trace = Trace(spans, BROKEN)
    check_request(trace, "none", 503)
    for section in trace.sections().values():
        its = attributes(section)
        hold(its.get("tributary.section.state") == "missing" and its.get("error.type"), f"{section.name}: {its}")
        looks = [span.name for span in trace.below(section) if span.name.startswith("cache ")]
        hold(looks == ["cache memory", "cache redis", "cache lease", "cache redis"], f"{section.name}: {looks}")
        hold(any(span.name == "attempt" for span in trace.below(section)), f"{section.name}: no attempt")

    if not failed:
        print(f"check-traces: passed ({len(spans)} spans)")
    sys.exit(failed)


if __name__ == "__main__":
    main(*sys.argv[1:])
