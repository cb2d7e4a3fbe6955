import Clients
import Testing

/// `traceparent` and `tracestate` as the specification has them (W3C Trace Context).
@Suite struct TraceContextTests {
  private static let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  @Test func whatIsReadIsWrittenAgain() throws {
    let trace = try #require(TraceContext(traceparent: Self.good, tracestate: "vendor=x,other=1"))
    #expect(trace.traceID.description == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(SpanID.text(trace.spanID) == "00f067aa0ba902b7")
    #expect(trace.isSampled)
    #expect(trace.traceparent == Self.good)
    #expect(trace.state == "vendor=x,other=1")
  }

  @Test(arguments: [
    "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", good + "-", good + "-00", good + " ", " " + good,
    "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
    "0G-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
    "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
    "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01what", good + ", " + good,
    "00-４bf92f3577b34da6a3ce929d0e0e47-00f067aa0ba902b7-01",
  ])
  func whatIsNoneIsRefused(text: String) {
    #expect(TraceContext(traceparent: text, tracestate: nil) == nil)
  }

  @Test(arguments: [
    "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes",
  ])
  func aLaterVersionIsReadAndAnsweredInOurs(text: String) throws {
    let trace = try #require(TraceContext(traceparent: text, tracestate: nil))
    #expect(trace.traceparent == Self.good)
  }

  @Test(arguments: [("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("ff", "03"), ("fc", "00")])
  func flagsThatAreKnownArePassedOn(from: String, to: String) throws {
    let trace = try #require(TraceContext(traceparent: Self.good.dropLast(2) + from, tracestate: nil))
    #expect(trace.traceparent.hasSuffix("-\(to)"))
  }

  @Test func aStateIsKeptWholeOrNotAtAll() throws {
    func state(_ text: String) throws -> String? {
      try #require(TraceContext(traceparent: Self.good, tracestate: text)).state
    }
    let longest = "a=" + String(repeating: "x", count: 510)
    #expect(try state(longest) == longest)
    #expect(try state(longest + "x") == nil)
    #expect(try state("") == nil)
    #expect(try state("a=ü") == nil)
    #expect(try state("a=1\r\nx: y") == nil)
  }

  @Test func aShareOfAllTracesIsSampledAndTheIdDecides() {
    let ids = (0..<20_000).map { _ in TraceID.random() }
    #expect(Set(ids).count == ids.count)
    let sampled = ids.filter { $0.isSampled(ratio: 0.1) }
    #expect((1_700...2_300).contains(sampled.count))
    #expect(sampled.allSatisfy { $0.isSampled(ratio: 0.2) })
    #expect(ids.allSatisfy { $0.isSampled(ratio: 1) && !$0.isSampled(ratio: 0) })
  }
}
