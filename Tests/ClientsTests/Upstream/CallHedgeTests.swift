import NIOCore
import Resilience
import Testing

@testable import Clients

/// The second try: when it is sent, who wins, and what becomes of the other.
@Suite(.timeLimit(.minutes(1))) struct CallHedgeTests {
  private static let hedged: @Sendable (inout UpstreamDefinition) -> Void = {
    $0.policies.isHedged = true
    $0.policies.hedge = HedgePolicy.Configuration(ratio: 0.5, minimumSamples: 100)
    $0.policies.retry = .never
    $0.policies.breaker.consecutiveFailures = 1
  }

  private static let firstHangs: @Sendable (Int) -> [ScriptedServer.Step] = {
    $0 == 0 ? [.request, .pause] : [.request, .send(hi), .pause]
  }

  @Test func itIsSentWhenTheFirstIsSlowerThanMost() async throws {
    try await withBench(Self.firstHangs, Self.hedged) { bench in
      bench.learn(latency: .milliseconds(150))
      let start = NIODeadline.now()
      #expect(await bench.outcome().text == "hi")
      // The record is exact to 6.3 %.
      #expect(NIODeadline.now() - start >= .milliseconds(140))
      await bench.server.event(.closed(0))
    }
  }

  @Test func theLoserIsClosedAndCountsNowhere() async throws {
    try await withBench(Self.firstHangs, Self.hedged) { bench in
      bench.learn()
      let call = bench.start()
      #expect(await call.outcome().text == "hi")
      await bench.server.event(.closed(0))
      #expect(call.ends == 1)
      #expect(bench.isAtRest)
      #expect(bench.connections == 1)
      #expect(bench.gate.word == .closed)
      #expect(bench.stack.health.current.newest?.verdict == .healthy)
      #expect(bench.stack.health.current.successRate(at: .now()) == 1)
    }
  }

  @Test func theFirstMayStillWin() async throws {
    try await withBench {
      $0 == 0 ? [.request, .pause, .send(ok), .pause] : [.request, .pause, .pause]
    } _: {
      Self.hedged(&$0)
    } _: { bench in
      bench.learn()
      let call = bench.start()
      await bench.server.event(.paused(0))
      await bench.server.event(.paused(1))
      #expect(bench.slots.inFlight == 2)
      bench.server.resume()
      #expect(await call.outcome().text == "ok")
      await bench.server.event(.closed(1))
      #expect(call.ends == 1)
      #expect(bench.isAtRest)
      #expect(bench.gate.word == .closed)
    }
  }

  /// Nothing is lost while the other is under way; but what the failure asked of all holds.
  @Test func oneThatFailsLeavesTheCallToTheOther() async throws {
    let failing = response(503, "retry-after: 60\r\n")
    try await withBench {
      $0 == 0 ? [.request, .pause, .send(failing)] : [.request, .pause, .pause, .send(ok)]
    } _: {
      Self.hedged(&$0)
    } _: { bench in
      bench.learn()
      let call = bench.start()
      await bench.server.event(.paused(0))
      await bench.server.event(.paused(1))
      bench.server.resume()
      await bench.server.event(.paused(1))
      try await bench.until { bench.slots.inFlight == 1 }
      #expect(call.ends == 0)
      bench.server.resume()
      #expect(await call.outcome().text == "ok")
      #expect(bench.gate.word == .closed)
      #expect(await bench.outcome().reason == .askedToWait)
      #expect(bench.isAtRest)
    }
  }

  @Test func whenBothFailItIsOneFailure() async throws {
    try await withBench([.request, .pause, .send(response(500)), .pause]) {
      Self.hedged(&$0)
      $0.policies.breaker.consecutiveFailures = 2
    } _: { bench in
      bench.learn()
      let call = bench.start()
      await bench.server.event(.paused(0))
      await bench.server.event(.paused(1))
      bench.server.resume()
      #expect(await call.outcome().reason == .serverError)
      #expect(call.ends == 1)
      #expect(bench.gate.word == .closed)
      #expect(bench.isAtRest)
    }
  }

  @Test func cancellingClosesBoth() async throws {
    try await withBench([.request, .pause], Self.hedged) { bench in
      bench.learn()
      let call = bench.start()
      await bench.server.event(.paused(0))
      await bench.server.event(.paused(1))
      call.cancel()
      #expect(await call.outcome().reason == .cancelled)
      #expect(bench.isAtRest)
      #expect(bench.connections == 0)
      #expect(call.ends == 1)
    }
  }

  /// The slow try that lost is slow in the record too.
  @Test func theLosersTimeIsRemembered() async throws {
    try await withBench(Self.firstHangs) {
      Self.hedged(&$0)
      $0.policies.hedge.minimumSamples = 1
      $0.policies.hedge.minimumDelay = .milliseconds(205)
    } _: { bench in
      bench.stack.hedge?.called(at: Instant(.now()))
      for _ in 0..<2 { bench.stack.hedge?.called(at: Instant(.now())) }
      bench.stack.hedge?.answered(after: .milliseconds(1))
      #expect(await bench.outcome().text == "hi")
      // Of three samples the slowest is the 95th percentile: the first try, which was given 205 ms.
      bench.stack.hedge?.answered(after: .milliseconds(1))
      let delay = try #require(bench.stack.hedge?.delay(timeLeft: .seconds(60)))
      #expect(delay > .milliseconds(205))
    }
  }

  // MARK: When none is sent

  // Each of these calls has 200 ms, and would be hedged after one.

  @Test func noneWithoutBudget() async throws {
    try await expectNone { $0.policies.hedge.ratio = 0 }
  }

  @Test func noneWithoutAPlace() async throws {
    try await expectNone { $0.policies.concurrency.maximum = 1 }
  }

  @Test func noneWithoutAConnection() async throws {
    try await expectNone { $0.limits.maxConnections = 1 }
  }

  @Test func noneWhileLittleIsKnown() async throws {
    try await expectNone { $0.policies.hedge.minimumSamples = 101 }
  }

  @Test func noneForAProbe() async throws {
    try await expectNone {
      $0.policies.breaker.openFor = .zero
    } before: {
      $0.gate.fail()
    }
  }

  @Test func noneOnceTheBreakerIsOpen() async throws {
    try await expectNone { _ in
    } during: {
      $0.gate.fail()
    }
  }

  private func expectNone(
    _ change: @escaping @Sendable (inout UpstreamDefinition) -> Void, before: @escaping @Sendable (Bench) -> Void = { _ in },
    during: @escaping @Sendable (Bench) -> Void = { _ in }
  ) async throws {
    try await withBench([.request, .pause]) {
      Self.hedged(&$0)
      change(&$0)
    } _: { bench in
      bench.learn()
      before(bench)
      let call = bench.start(within: .milliseconds(200))
      during(bench)
      #expect(await call.outcome().reason == .timeout)
      #expect(bench.isAtRest)
      let history = await bench.server.history()
      #expect(history.accepted <= 1)
      #expect(history.requests.count <= 1)
    }
  }
}

extension Bench {
  /// A hundred calls that took so long.
  fileprivate func learn(latency: Duration = .microseconds(100)) {
    for _ in 0..<100 {
      stack.hedge?.called(at: Instant(.now()))
      stack.hedge?.answered(after: latency)
    }
  }
}

extension CircuitGate {
  fileprivate func fail() {
    let now = Instant(.now())
    failed(.closed(at: now), at: now)
  }
}
