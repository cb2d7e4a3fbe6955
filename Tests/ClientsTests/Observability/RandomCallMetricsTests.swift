import NIOCore
import Resilience
import TestSupport
import Testing

@testable import Clients

/// Calls to an upstream that does anything, with random policies, some of them given up: whatever happens, the signals agree with
/// what the callers saw, and all that began has ended once.
@Suite(.timeLimit(.minutes(1))) struct RandomCallMetricsTests {
  @Test(arguments: UInt64(1)...40) func theSignalsAgreeWithWhatTheCallersSaw(seed: UInt64) async throws {
    let recording = Recording()
    try await withBench(Self.script(seed), Self.policies(seed), instruments: recording.instruments) { bench in
      var random = SeededGenerator(seed: seed)
      bench.stack.hedge?.learn()
      let judgements = (0..<30).map { _ in random.once(in: 4) ? CallFailure(.wrongShape) : nil }
      var expected: [String: Int64] = [:]
      for round in judgements.chunks(of: 6) {
        let calls = round.map { (bench.start(judgement: $0), $0) }
        for (call, _) in calls where random.once(in: 5) { call.cancel() }
        for (call, judgement) in calls {
          let failure = await call.outcome().failure ?? judgement
          expected["calls_total{\(failure?.reason.rawValue ?? "success")}", default: 0] += 1
        }
      }
      try await bench.until { bench.isAtRest }
      #expect(recording.counts.filter { $0.key.hasPrefix("calls_total") } == expected)
      recording.expectBalance(calls: 30)
      #expect(recording.total(of: "hedges_won_total") <= (recording.counts["attempts_total{hedge}"] ?? 0))
      #expect(recording.level("circuit_state") == Self.level(bench.gate.word))
    }
  }

  /// Each connection plays answers of all kinds, and then closes, resets or says nothing more.
  private static func script(_ seed: UInt64) -> @Sendable (Int) -> [ScriptedServer.Step] {
    { connection in
      var random = SeededGenerator(seed: seed &* 1000 &+ UInt64(connection))
      var steps: [ScriptedServer.Step] = []
      for _ in 0..<random.draw(0..<5) {
        steps += [.request, .send(random.pick([ok, ok, ok, response(204), response(500), response(503), response(404)]))]
      }
      let ends: [[ScriptedServer.Step]] = [
        [.close], [.request, .close], [.request, .reset], [.request, .send("HTTP/1.1 2"), .close], [.request, .pause],
      ]
      return steps + ends[random.draw(0..<ends.count)]
    }
  }

  private static func policies(_ seed: UInt64) -> @Sendable (inout UpstreamDefinition) -> Void {
    {
      var random = SeededGenerator(seed: seed &+ 1_000_000)
      $0.attemptTimeout = .milliseconds(20)
      $0.policies.retryBudget.ratio = random.chance()
      $0.policies.retryBudget.floorPerSecond = random.once(in: 2) ? 0 : 10
      $0.policies.concurrency.maximum = random.draw(1..<8)
      $0.policies.concurrency.queue = random.draw(0..<6)
      $0.policies.isHedged = random.once(in: 2)
      $0.policies.hedge = HedgePolicy.Configuration(ratio: 0.5, minimumSamples: 100)
      $0.policies.breaker.consecutiveFailures = random.draw(1..<8)
      $0.policies.breaker.openFor = .zero
      $0.policies.breaker.probes = random.draw(1..<3)
    }
  }

  private static func level(_ word: CircuitGate.Word) -> Double {
    switch word {
    case .closed: 0
    case .halfOpen: 1
    case .open: 2
    }
  }
}

extension Array {
  fileprivate func chunks(of count: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
  }
}
