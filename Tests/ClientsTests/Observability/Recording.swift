import MetricsTestKit
import NIOCore
import Testing
import Tracing

@testable import Clients

/// Metrics in memory and a tracer that keeps its spans, for one upstream named `x`.
struct Recording: Sendable {
  let metrics = TestMetrics()
  let tracer = RecordingTracer()
  let instruments: CallInstruments

  init() { instruments = CallInstruments(upstream: "x", metrics: metrics, tracer: tracer) }

  /// Every counter that is not zero: `calls_total{success}` and the like, without what they all have in common.
  var counts: [String: Int64] {
    var counts: [String: Int64] = [:]
    for counter in metrics.counters where counter.totalValue != 0 {
      counts[Self.key(counter.label, counter.dimensions)] = counter.totalValue
    }
    return counts
  }

  func total(of name: String) -> Int64 { metrics.counterTotal(label: "tributary_upstream_" + name) }

  /// How many times were recorded.
  func times(_ name: String, _ dimensions: (String, String)...) -> Int? {
    metrics.timers(label: "tributary_upstream_" + name, dimensions: [("upstream", "x")] + dimensions).first?.values.count
  }

  func level(_ name: String) -> Double? {
    metrics.meters(label: "tributary_upstream_" + name, dimensions: [("upstream", "x")]).first?.lastValue
  }

  var callSpans: [RecordedSpan] { tracer.spans(named: "upstream x") }
  var attemptSpans: [RecordedSpan] { tracer.spans(named: "GET") }

  private static func key(_ label: String, _ dimensions: [(String, String)]) -> String {
    let words = dimensions.dropFirst().map(\.1).joined(separator: ",")
    let name = label.replacing("tributary_upstream_", with: "")
    return words.isEmpty ? name : "\(name){\(words)}"
  }
}

extension Recording {
  /// What holds whenever nothing is under way: what began has ended, once, and each call and try is counted under one word.
  func expectBalance(calls: Int) {
    #expect(total(of: "calls_total") == Int64(calls))
    let durations = [
      times("call_duration_seconds", ("outcome", "success")), times("call_duration_seconds", ("outcome", "failure")),
    ]
    #expect(durations.compactMap(\.self).reduce(0, +) == calls)
    #expect(total(of: "attempts_total") == total(of: "attempt_outcomes_total"))
    // Nil as long as nothing was counted.
    #expect((level("in_flight") ?? 0) == 0)
    #expect(callSpans.count == calls)
    #expect(Int64(attemptSpans.count) == total(of: "attempts_total"))
    #expect(tracer.spans.count == callSpans.count + attemptSpans.count)
    #expect(tracer.spans.allSatisfy { $0.ends == 1 })
    #expect(tracer.spans.allSatisfy { $0.kind == .client })
  }
}
