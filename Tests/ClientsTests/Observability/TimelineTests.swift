import NIOCore
import Testing
import Tracing

@testable import Clients

/// What a request's timeline says of its calls, and what upstreams are told of its trace where there is no tracer.
@Suite(.timeLimit(.minutes(1))) struct TimelineTests {
  private static func timeline() throws -> RequestTimeline {
    let trace = try #require(
      TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", tracestate: "a=b"))
    return RequestTimeline(requestID: "r", trace: trace, began: .now(), deadline: .now() + .seconds(30))
  }

  private static func events(_ timeline: RequestTimeline) -> [String] {
    timeline.record.entries.map { "\($0.section) \($0.event.word)" + ($0.event.text.map { ": \($0)" } ?? "") }
  }

  @Test func aRetryStandsInItTryByTry() async throws {
    let timeline = try Self.timeline()
    try await withBench(ScriptedServer.Step.answers([response(503), ok])) { bench in
      #expect(await bench.start(trail: SectionTrail(timeline, section: "users")).outcome().text == "ok")
    }
    var events = Self.events(timeline)
    let pause = events.remove(at: 3)
    #expect(pause.hasPrefix("users retry_scheduled: ") && pause.hasSuffix(" ms"))
    #expect(
      events == [
        "users call_began", "users attempt_began: first, endpoint 0",
        "users attempt_ended: first, endpoint 0, status 503, server_error", "users attempt_began: retry, endpoint 0",
        "users attempt_ended: retry, endpoint 0, status 200", "users call_ended",
      ])
    let times = timeline.record.entries.map(\.at)
    #expect(times == times.sorted())
  }

  @Test func withoutATracerTheUpstreamIsToldTheRequestsOwnSpan() async throws {
    let timeline = try Self.timeline()
    try await withBench(ScriptedServer.Step.answers([ok])) { bench in
      _ = await bench.start(trail: SectionTrail(timeline, section: "users")).outcome()
      let request = try #require(await bench.server.history().requests.first).lowercased()
      #expect(request.contains("\r\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"))
      #expect(request.contains("\r\ntracestate: a=b\r\n"))
    }
  }

  @Test func aTracerKnowsBetter() async throws {
    let (timeline, recording) = (try Self.timeline(), Recording())
    try await withBench(ScriptedServer.Step.answers([ok]), instruments: recording.instruments) { bench in
      _ = await bench.start(trail: SectionTrail(timeline, section: "users")).outcome()
      let request = try #require(await bench.server.history().requests.first).lowercased()
      #expect(request.contains("\r\ntraceparent: span-2\r\n") && !request.contains("4bf92f35"))
    }
  }

  /// The call belongs under the section's span, and that under the request's.
  @Test func sectionsAreSpansBetweenTheRequestAndItsCalls() async throws {
    let recording = Recording()
    let tracer = recording.tracer
    let root = tracer.startSpan("root", context: .topLevel)
    let timeline = RequestTimeline(
      requestID: "r", trace: TraceContext(traceID: .random(), spanID: 1, isSampled: true), began: .now(),
      deadline: .now() + .seconds(30), span: root, tracer: tracer)
    try await withBench(ScriptedServer.Step.answers([ok]), instruments: recording.instruments) { bench in
      timeline.sectionBegan("users")
      _ = await bench.start(trail: SectionTrail(timeline, section: "users")).outcome()
      timeline.sectionEnded("users", state: "fresh", failure: nil)
    }
    let section = try #require(tracer.spans(named: "section users").first)
    #expect(section.parent == root.id && section.ends == 1 && section.text("tributary.section.state") == "fresh")
    #expect(recording.callSpans.map(\.parent) == [section.id])
  }

  @Test func itHoldsSoMuchAndCountsTheRest() throws {
    let timeline = try Self.timeline()
    for _ in 0..<1000 { timeline.add(TimelineEvent("answered")) }
    #expect(timeline.record.entries.count == RequestTimeline.limit)
    #expect(timeline.record.dropped == 1000 - RequestTimeline.limit)
  }
}
