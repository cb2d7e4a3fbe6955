import NIOCore
import Resilience
import Testing

@testable import Clients

/// The concurrency limit, as calls meet it.
@Suite(.timeLimit(.minutes(1))) struct CallLimitTests {
  private static let pausesFirst: [ScriptedServer.Step] = [
    .request, .pause, .send(ok), .request, .send(ok), .request, .send(ok), .pause,
  ]

  @Test func theOneTooManyWaitsAndIsServed() async throws {
    try await withBench(Self.pausesFirst) {
      $0.policies.concurrency.maximum = 2
    } _: { bench in
      let calls = (0..<3).map { _ in bench.start() }
      for _ in 0..<2 { await bench.server.event { if case .paused = $0 { true } else { false } } }
      #expect(bench.slots.inFlight == 2)
      #expect(bench.slots.queued == 1)
      #expect(bench.connections == 2)
      bench.server.resume()
      for call in calls { #expect(await call.outcome().text == "ok") }
      #expect(bench.isAtRest)
    }
  }

  @Test func aFullQueueRefusesAtOnce() async throws {
    try await withBench(Self.pausesFirst) {
      $0.policies.concurrency = .upTo(1, queue: 1)
      $0.policies.breaker.consecutiveFailures = 1
    } _: { bench in
      let calls = (0..<2).map { _ in bench.start() }
      let refused = bench.start()
      #expect(refused.ends == 1)
      let failure = await refused.outcome().failure
      #expect(failure == CallFailure(.concurrencyLimit))
      #expect(failure?.status == .overloaded)
      #expect(bench.gate.word == .closed)
      await bench.server.event(.paused(0))
      bench.server.resume()
      for call in calls { #expect(await call.outcome().text == "ok") }
      #expect(bench.isAtRest)
    }
  }

  @Test func aDeadlineInTheQueueIsNotHeldAgainstTheUpstream() async throws {
    try await withBench(Self.pausesFirst) {
      $0.policies.concurrency.maximum = 1
      $0.policies.breaker.consecutiveFailures = 1
    } _: { bench in
      let first = bench.start()
      let failure = await bench.outcome(within: .milliseconds(30)).failure
      #expect(failure == CallFailure(.queueTimeout))
      #expect(failure?.status == .overloaded)
      #expect(bench.gate.word == .closed)
      #expect(bench.stack.health.current.newest == nil)
      #expect(bench.slots.queued == 0)
      await bench.server.event(.paused(0))
      bench.server.resume()
      #expect(await first.outcome().text == "ok")
    }
  }

  /// The place comes in the same turn of the loop as the deadline, and before it.
  @Test func norIsAPlaceThatComesTooLate() async throws {
    try await withBench([]) {
      $0.policies.concurrency.maximum = 1
      $0.policies.breaker.consecutiveFailures = 1
    } _: { bench in
      #expect(bench.stack.queue.takePlace())
      let calls = (0..<3).map { _ in bench.start(within: .milliseconds(5)) }
      let end = NIODeadline.now() + .milliseconds(10)
      while NIODeadline.now() < end {}
      bench.stack.queue.leave()
      for call in calls {
        #expect(await call.outcome().failure == CallFailure(.queueTimeout))
        #expect(call.ends == 1)
      }
      #expect(bench.gate.word == .closed)
      #expect(bench.stack.health.current.newest == nil)
      #expect(bench.connections == 0)
      #expect(bench.isAtRest)
    }
  }

  /// A connection is a place too: nobody waits for one while the attempt's time runs.
  @Test func nobodyWaitsForAConnectionInThePool() async throws {
    try await withBench(Self.pausesFirst) {
      $0.limits.maxConnections = 1
    } _: { bench in
      let calls = (0..<3).map { _ in bench.start() }
      await bench.server.event(.paused(0))
      #expect(bench.transport.counts.waiting == 0)
      #expect(bench.slots.inFlight == 1)
      #expect(bench.slots.queued == 2)
      bench.server.resume()
      for call in calls { #expect(await call.outcome().text == "ok") }
      #expect(bench.isAtRest)
    }
  }

  /// An upstream that says "less" does not look like one that is fast.
  @Test func aRefusedCallLowersAnAdaptiveLimit() async throws {
    let texts = [String](repeating: response(429), count: 60)
    try await withBench(ScriptedServer.Step.answers(texts)) {
      $0.policies.concurrency.isAdaptive = true
      $0.policies.concurrency.gradient.window = .zero
    } _: { bench in
      #expect(bench.slots.currentLimit == 20)
      for _ in 0..<60 { #expect(await bench.outcome().reason == .tooManyRequests) }
      #expect(bench.slots.currentLimit < 20)
    }
  }
}
