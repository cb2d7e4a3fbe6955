import MetricsTestKit
import NIOCore
import Resilience
import Testing

@testable import Clients

/// What the metrics of an upstream say of each way a call can go, and that each of its spans ends once.
@Suite(.timeLimit(.minutes(1))) struct CallMetricsTests {
  private let recording = Recording()

  @Test func aSuccess() async throws {
    try await expect(
      [.request, .send(ok), .pause],
      ["calls_total{success}": 1, "attempts_total{first}": 1, "attempt_outcomes_total{success}": 1])
    #expect(recording.times("call_duration_seconds", ("outcome", "success")) == 1)
    #expect(recording.times("queue_wait_seconds") == 0)
  }

  @Test func aRetryThatSucceeds() async throws {
    try await expect(
      ScriptedServer.Step.answers([response(503), ok]),
      [
        "calls_total{success}": 1, "attempts_total{first}": 1, "attempts_total{retry}": 1,
        "attempt_outcomes_total{server_error}": 1, "attempt_outcomes_total{success}": 1,
      ])
  }

  @Test func aRetryThatTheBudgetRefuses() async throws {
    try await expect(
      ScriptedServer.Step.answers([response(503), ok]),
      [
        "calls_total{server_error}": 1, "attempts_total{first}": 1, "attempt_outcomes_total{server_error}": 1,
        "budget_refusals_total{retry}": 1,
      ]
    ) {
      $0.policies.retryBudget.ratio = 0
      $0.policies.retryBudget.floorPerSecond = 0
    }
    #expect(recording.times("call_duration_seconds", ("outcome", "failure")) == 1)
  }

  @Test func aBreakerThatOpensAndHeals() async throws {
    let texts = [response(500), ok]
    try await withBench(
      ScriptedServer.Step.answers(texts),
      {
        $0.policies.retry = .never
        $0.policies.breaker.consecutiveFailures = 1
        $0.policies.breaker.openFor = .zero
        $0.policies.breaker.probes = 1
      }, instruments: recording.instruments
    ) { bench in
      #expect(recording.level("circuit_state") == 0)
      #expect(await bench.outcome().reason == .serverError)
      #expect(recording.level("circuit_state") == 2)
      let probe = bench.start()
      #expect(recording.level("circuit_state") == 1)
      #expect(await bench.outcome().reason == .circuitOpen)
      #expect(await probe.outcome().text == "ok")
      #expect(recording.level("circuit_state") == 0)
    }
    #expect(
      recording.counts == [
        "calls_total{server_error}": 1, "calls_total{circuit_open}": 1, "calls_total{success}": 1, "attempts_total{first}": 2,
        "attempt_outcomes_total{server_error}": 1, "attempt_outcomes_total{success}": 1,
        "circuit_transitions_total{open}": 1, "circuit_transitions_total{half_open}": 1, "circuit_transitions_total{closed}": 1,
      ])
    recording.expectBalance(calls: 3)
  }

  @Test func aHedgeThatWins() async throws {
    try await withBench(
      { $0 == 0 ? [.request, .pause] : [.request, .send(hi), .pause] }, Self.hedged, instruments: recording.instruments
    ) { bench in
      bench.stack.hedge?.learn()
      #expect(await bench.outcome().text == "hi")
      await bench.server.event(.closed(0))
    }
    #expect(
      recording.counts == [
        "calls_total{success}": 1, "attempts_total{first}": 1, "attempts_total{hedge}": 1, "hedges_won_total": 1,
        "attempt_outcomes_total{success}": 1, "attempt_outcomes_total{cancelled}": 1,
      ])
    recording.expectBalance(calls: 1)
  }

  @Test func aHedgeThatTheBudgetRefuses() async throws {
    try await withBench(
      [.request, .pause],
      {
        Self.hedged(&$0)
        $0.policies.hedge.ratio = 0
      }, instruments: recording.instruments
    ) { bench in
      bench.stack.hedge?.learn()
      #expect(await bench.outcome(within: .milliseconds(200)).reason == .timeout)
    }
    #expect(
      recording.counts == [
        "calls_total{timeout}": 1, "attempts_total{first}": 1, "attempt_outcomes_total{timeout}": 1,
        "budget_refusals_total{hedge}": 1,
      ])
    recording.expectBalance(calls: 1)
  }

  @Test func aTimeout() async throws {
    try await expect(
      [.request, .pause], ["calls_total{timeout}": 1, "attempts_total{first}": 1, "attempt_outcomes_total{timeout}": 1]
    ) { $0.attemptTimeout = .milliseconds(30) }
  }

  @Test func aCallThatNobodyWaitsForAnyMore() async throws {
    try await withBench([.request, .pause], instruments: recording.instruments) { bench in
      let call = bench.start()
      await bench.server.event(.paused(0))
      #expect(recording.level("in_flight") == 1)
      for _ in 0..<3 { call.cancel() }
      #expect(await call.outcome().reason == .cancelled)
    }
    #expect(
      recording.counts == ["calls_total{cancelled}": 1, "attempts_total{first}": 1, "attempt_outcomes_total{cancelled}": 1])
    recording.expectBalance(calls: 1)
  }

  /// The upstream answered, and what it said made no sense: its try went well, the call did not.
  @Test func anAnswerThatMakesNoSense() async throws {
    try await withBench([.request, .send(ok), .pause], instruments: recording.instruments) { bench in
      #expect(await bench.outcome(judgement: CallFailure(.notJSON)).text == "ok")
    }
    #expect(recording.counts == ["calls_total{not_json}": 1, "attempts_total{first}": 1, "attempt_outcomes_total{success}": 1])
    recording.expectBalance(calls: 1)
  }

  @Test func anAnswerThatNobodyLooksAt() async throws {
    try await withBench([.request, .send(ok), .pause], instruments: recording.instruments) { bench in
      #expect(await bench.start(isJudged: false).outcome().text == "ok")
    }
    #expect(recording.counts == ["calls_total{cancelled}": 1, "attempts_total{first}": 1, "attempt_outcomes_total{success}": 1])
    recording.expectBalance(calls: 1)
  }

  @Test func whoWaitsForAPlaceIsTimedAndWhoIsRefusedIsNot() async throws {
    try await withBench(
      [.request, .pause, .send(ok), .request, .send(ok), .pause],
      {
        $0.policies.concurrency.maximum = 1
        $0.policies.concurrency.queue = 2
      }, instruments: recording.instruments
    ) { bench in
      let calls = (0..<4).map { _ in bench.start() }
      #expect(await calls[3].outcome().reason == .concurrencyLimit)
      calls[1].cancel()
      #expect(recording.times("queue_wait_seconds") == 1)
      await bench.server.event(.paused(0))
      bench.server.resume()
      for call in [calls[0], calls[2]] { #expect(await call.outcome().text == "ok") }
      #expect(recording.times("queue_wait_seconds") == 2)
    }
    #expect(
      recording.counts == [
        "calls_total{success}": 2, "calls_total{cancelled}": 1, "calls_total{concurrency_limit}": 1,
        "attempts_total{first}": 2, "attempt_outcomes_total{success}": 2,
      ])
    recording.expectBalance(calls: 4)
  }

  /// A rate over a counter that appears with its first failure would miss that failure.
  @Test func everyWordIsThereFromTheStart() {
    #expect(recording.counts == [:])
    for reason in CallFailure.Reason.allCases {
      for name in ["calls_total", "attempt_outcomes_total"] {
        let dimensions = [("upstream", "x"), ("outcome", reason.rawValue)]
        #expect(recording.metrics.counters(label: "tributary_upstream_" + name, dimensions: dimensions).map(\.totalValue) == [0])
      }
    }
    recording.expectBalance(calls: 0)
  }

  private static let hedged: @Sendable (inout UpstreamDefinition) -> Void = {
    $0.policies.isHedged = true
    $0.policies.hedge = HedgePolicy.Configuration(ratio: 0.5, minimumSamples: 100)
    $0.policies.retry = .never
  }

  /// Makes one call, and looks at every counter that is not zero after it.
  private func expect(
    _ steps: [ScriptedServer.Step], _ counts: [String: Int64],
    _ change: @escaping @Sendable (inout UpstreamDefinition) -> Void = { _ in }
  ) async throws {
    try await withBench(steps, change, instruments: recording.instruments) { bench in _ = await bench.outcome() }
    #expect(recording.counts == counts)
    recording.expectBalance(calls: 1)
  }
}

extension HedgePolicy {
  /// A hundred calls that were quick.
  mutating func learn() {
    for _ in 0..<100 {
      called(at: Instant(.now()))
      answered(after: .microseconds(100))
    }
  }
}
