import NIOCore
import NIOHTTP1
import Testing
import Tracing

@testable import Clients

/// What the spans of a call say, and what the upstream is told of them.
@Suite(.timeLimit(.minutes(1))) struct CallTraceTests {
  private let recording = Recording()

  @Test func eachTryIsASpanBelowTheCalls() async throws {
    try await withBench(ScriptedServer.Step.answers([response(503), ok]), instruments: recording.instruments) {
      bench in
      #expect(await bench.outcome().text == "ok")
      let call = try #require(recording.callSpans.first)
      let tries = recording.attemptSpans
      #expect(call.parent == nil)
      #expect(!call.isError)
      #expect(call.text("http.request.method") == "GET")
      #expect(call.text("error.type") == nil)
      #expect(tries.map(\.parent) == [call.id, call.id])
      #expect(tries.map { $0.text("tributary.attempt.kind") } == ["first", "retry"])
      #expect(tries.map { $0.number("http.request.resend_count") } == [nil, 1])
      #expect(tries.map { $0.number("http.response.status_code") } == [503, 200])
      #expect(tries.map { $0.text("error.type") } == ["503", nil])
      #expect(tries.map(\.isError) == [true, false])
      for span in tries {
        #expect(span.text("http.request.method") == "GET")
        #expect(span.text("server.address") == "127.0.0.1")
        #expect(span.number("server.port") == Int64(bench.server.port))
      }
    }
    recording.expectBalance(calls: 1)
  }

  /// Two tries of one call are two parents: the upstream's spans can be told apart.
  @Test func theUpstreamIsToldTheSpanOfTheTry() async throws {
    try await withBench(ScriptedServer.Step.answers([response(503), ok]), instruments: recording.instruments) {
      bench in
      _ = await bench.outcome()
      let requests = await bench.server.history().requests
      #expect(requests.count == 2)
      for (request, span) in zip(requests, recording.attemptSpans) {
        #expect(request.lowercased().contains("\r\ntraceparent: span-\(span.id)\r\n"))
      }
    }
  }

  @Test func theCallersSpanIsTheParentAndItsFieldIsReplaced() async throws {
    let definition = UpstreamDefinition.forTests(port: 1)
    let tracer = recording.tracer
    var call = UpstreamCall(
      method: .get, target: "/x", identity: [HeaderField(name: "traceparent", value: "of the caller")], requestID: "r")
    call.context = .below(span: 77)
    let trace = CallTrace(call, upstream: "x", tracer: tracer)
    let attempt = trace.attemptBegan(.first, to: definition.endpoint)
    var request = try UpstreamRequests(definition, endpoint: definition.endpoint).request(for: call)
    attempt.inject(into: &request.headers)
    #expect(recording.callSpans.map(\.parent) == [77])
    #expect(request.headers["traceparent"] == ["span-2"])
  }

  @Test func aCallThatWasNotMadeHasItsReasonAndNoTry() async throws {
    try await withBench([], instruments: recording.instruments) { bench in
      #expect(await bench.outcome(within: .zero).reason == .timeout)
    }
    #expect(recording.callSpans.map { $0.text("error.type") } == ["timeout"])
    #expect(recording.callSpans.allSatisfy { $0.isError })
    recording.expectBalance(calls: 1)
  }

  @Test func nobodyWaitingIsNoError() async throws {
    try await withBench([.request, .pause], instruments: recording.instruments) { bench in
      let call = bench.start()
      await bench.server.event(.paused(0))
      call.cancel()
      _ = await call.outcome()
    }
    #expect(recording.tracer.spans.map { $0.text("error.type") } == ["cancelled", "cancelled"])
    #expect(recording.tracer.spans.map(\.isError) == [false, false])
  }

  /// A request that cannot be written: its span ends, and no try is counted.
  @Test func aRequestThatCannotBeSentEndsItsSpan() async throws {
    try await withBench([], instruments: recording.instruments) { bench in
      #expect(await bench.start("/ x").outcome().reason == .requestRejected)
    }
    #expect(recording.counts == ["calls_total{request_rejected}": 1])
    #expect(recording.tracer.spans.map(\.ends) == [1, 1])
    #expect(recording.tracer.spans.map { $0.text("error.type") } == ["request_rejected", "request_rejected"])
  }

  @Test func withoutATracerThereIsNoTrace() {
    let instruments = CallInstruments(upstream: "x")
    #expect(instruments.callBegan(UpstreamCall(method: .get, target: "/", requestID: "r")) == nil)
  }
}
