import Clients
import Synchronization
import Testing
import Tracing

@testable import TraceExport

/// Which spans are kept, and under which ids.
@Suite struct RequestTracerTests {
  /// What left the tracer.
  private final class Kept: Sendable {
    private let records = Mutex<[SpanRecord]>([])
    var all: [SpanRecord] { records.withLock { $0 } }
    var names: [String] { all.map(\.name) }
    func tracer(ratio: Double) -> RequestTracer {
      RequestTracer(ratio: ratio) { spans in self.records.withLock { $0 += spans } }
    }
  }

  private let kept = Kept()

  private static func context(_ flags: String) -> ServiceContext {
    var context = ServiceContext.topLevel
    context.trace = TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-\(flags)", tracestate: "a=b")
    return context
  }

  @Test func theSpansOfARequestAreOneTree() throws {
    let tracer = kept.tracer(ratio: 0)
    let root = tracer.startSpan("root", context: Self.context("01"), ofKind: .server)
    let child = tracer.startSpan("child", context: root.context)
    tracer.startSpan("grandchild", context: child.context, ofKind: .client).end()
    child.end()
    #expect(kept.all.isEmpty)
    root.end()
    root.end()
    #expect(kept.names == ["grandchild", "child", "root"])
    let (grandchild, middle, top) = (kept.all[0], kept.all[1], kept.all[2])
    #expect(grandchild.parentID == middle.trace.spanID && middle.parentID == top.trace.spanID)
    #expect(top.parentID == 0x00f0_67aa_0ba9_02b7 && top.isParentRemote && !middle.isParentRemote)
    #expect(kept.all.allSatisfy { $0.trace.traceID.description == "4bf92f3577b34da6a3ce929d0e0e4736" && $0.trace.state == "a=b" })
    #expect(Set(kept.all.map(\.trace.spanID)).count == 3)
  }

  @Test(arguments: [("01", 0.0, true), ("00", 1.0, false), ("03", 0.0, true)])
  func whoeverBeganTheTraceDecides(flags: String, ratio: Double, isKept: Bool) {
    let tracer = kept.tracer(ratio: ratio)
    tracer.startSpan("root", context: Self.context(flags)).end()
    #expect(kept.all.isEmpty == !isKept)
  }

  @Test func ofThoseThatBeginHereAShareIsKept() {
    let tracer = kept.tracer(ratio: 0.25)
    for _ in 0..<4000 { tracer.startSpan("root", context: .topLevel).end() }
    #expect((800...1200).contains(kept.all.count))
    #expect(kept.all.allSatisfy { $0.trace.isSampled && $0.parentID == 0 })
  }

  /// An id that was decided before: the trace begins here all the same.
  @Test func anIdAloneIsNoParent() throws {
    var context = ServiceContext.topLevel
    let id = try #require(TraceID(high: 1, low: 2))
    context.trace = TraceContext(traceID: id, isSampled: false)
    kept.tracer(ratio: 1).startSpan("root", context: context).end()
    #expect(kept.all.map(\.trace.traceID) == [id])
    #expect(kept.all.map(\.parentID) == [0])
  }

  @Test(arguments: ["error", "partial", "none"]) func aRequestThatDidNotGoWellIsKeptWhole(kind: String) {
    let tracer = kept.tracer(ratio: 0)
    let root = tracer.startSpan("root", context: Self.context("00"))
    tracer.startSpan("child", context: root.context).end()
    if kind == "error" { root.setStatus(SpanStatus(code: .error)) } else { root.attributes["tributary.outcome"] = kind }
    root.end()
    #expect(kept.names == ["child", "root"])
  }

  @Test func aTroubleThatWasGotOverIsNone() {
    let tracer = kept.tracer(ratio: 0)
    let root = tracer.startSpan("root", context: .topLevel)
    let child = tracer.startSpan("child", context: root.context)
    child.setStatus(SpanStatus(code: .error))
    child.end()
    root.attributes["tributary.outcome"] = "complete"
    root.end()
    #expect(kept.all.isEmpty)
  }

  @Test(arguments: [true, false]) func whatEndsAfterItsRequestGoesItsWay(isSampled: Bool) {
    let tracer = kept.tracer(ratio: 0)
    let root = tracer.startSpan("root", context: Self.context(isSampled ? "01" : "00"))
    let late = tracer.startSpan("late", context: root.context)
    root.end()
    late.end()
    #expect(kept.names == (isSampled ? ["root", "late"] : []))
  }

  @Test func oneRequestTakesSoMuchAndNoMore() {
    let tracer = kept.tracer(ratio: 1)
    let root = tracer.startSpan("root", context: .topLevel)
    for _ in 0..<2000 { tracer.startSpan("child", context: root.context).end() }
    for _ in 0..<2000 { root.addEvent(SpanEvent(name: "event")) }
    root.end()
    #expect(kept.all.count == SpanBuffer.limit + 1)
    #expect(kept.names.last == "root")
    #expect(kept.all.last?.events.count == TracedSpan.maxEvents)
    #expect(kept.all.last?.droppedEvents == 2000 - TracedSpan.maxEvents)
  }

  private struct Fields: Injector, Extractor {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
  }

  @Test func theAPIExtractsAndInjects() throws {
    let tracer = kept.tracer(ratio: 0)
    var context = ServiceContext.topLevel
    let sent = ["traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "tracestate": "a=b"]
    tracer.extract(sent, into: &context, using: Fields())
    let span = tracer.startSpan("root", context: context)
    var received: [String: String] = [:]
    tracer.inject(span.context, into: &received, using: Fields())
    let trace = try #require(span.context.trace)
    #expect(received == ["traceparent": trace.traceparent, "tracestate": "a=b"])
    #expect(received["traceparent"]?.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-") == true)
    #expect(received["traceparent"] != sent["traceparent"])
    var none: [String: String] = [:]
    tracer.inject(.topLevel, into: &none, using: Fields())
    #expect(none.isEmpty)
  }
}
