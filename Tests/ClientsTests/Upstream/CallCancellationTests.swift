import EventLoops
import NIOCore
import NIOPosix
import Resilience
import Testing
import TestSupport

@testable import Clients

/// A call that nobody waits for any more, wherever it is.
@Suite(.timeLimit(.minutes(1))) struct CallCancellationTests {
  @Test func onTheWire() async throws {
    try await withBench([.request, .pause]) {
      $0.policies.breaker.consecutiveFailures = 1
    } _: { bench in
      let call = bench.start()
      await bench.server.event(.paused(0))
      await expectCancelled(call)
      await bench.server.event(.closed(0))
      #expect(bench.isAtRest)
      #expect(bench.gate.word == .closed)
      #expect(bench.stack.health.current.newest == nil)
    }
  }

  @Test func inTheQueue() async throws {
    try await withBench([.request, .pause, .send(ok), .request, .send(ok), .pause]) {
      $0.policies.concurrency.maximum = 1
    } _: { bench in
      let calls = (0..<3).map { _ in bench.start() }
      await expectCancelled(calls[1])
      #expect(bench.slots.queued == 1)
      await bench.server.event(.paused(0))
      bench.server.resume()
      #expect(await calls[0].outcome().text == "ok")
      #expect(await calls[2].outcome().text == "ok")
      #expect(calls.map(\.ends) == [1, 1, 1])
      #expect(bench.isAtRest)
    }
  }

  @Test func inThePauseBeforeARetry() async throws {
    try await withBench(ScriptedServer.Step.answers([response(503, "retry-after: 20\r\n"), ok])) { bench in
      let call = bench.start(within: .seconds(60))
      await bench.server.event { if case .request = $0 { true } else { false } }
      try await bench.until { bench.slots.inFlight == 0 }
      #expect(call.ends == 0)
      await expectCancelled(call)
      #expect(bench.isAtRest)
    }
  }

  /// A probe holds a place of the breaker's besides.
  @Test(arguments: [true, false])
  func aProbe(isQueued: Bool) async throws {
    try await withBench([.request, .pause]) {
      $0.policies.retry = .never
      $0.policies.concurrency.maximum = 1
      $0.policies.breaker.consecutiveFailures = 1
      $0.policies.breaker.openFor = .zero
      $0.policies.breaker.probes = 1
    } _: { bench in
      bench.gate.failed(.closed(at: Instant(.now())), at: Instant(.now()))
      #expect(bench.gate.word == .open)
      if isQueued { #expect(bench.stack.queue.takePlace()) }
      for _ in 0..<3 {
        let call = bench.start()
        #expect(bench.gate.word == .halfOpen)
        #expect(await bench.outcome().reason == .circuitOpen)
        await expectCancelled(call)
      }
      if isQueued { bench.stack.queue.leave() }
      #expect(bench.isAtRest)
    }
  }

  @Test func afterItsEndItIsNothing() async throws {
    try await withBench(ScriptedServer.Step.answers([ok, ok])) { bench in
      let call = bench.start()
      let inFlight = call.call
      #expect(await call.outcome().text == "ok")
      for _ in 0..<3 { inFlight?.cancel() }
      #expect(call.ends == 1)
      #expect(await bench.outcome().text == "ok")
      #expect(bench.connections == 1)
    }
  }

  /// At any moment: each ends once, and all places are free again.
  @Test(arguments: 0..<10 as Range<UInt64>)
  func atAnyMoment(seed: UInt64) async throws {
    let texts = (0..<1000).map { $0 % 3 == 0 ? response(503) : ok }
    try await withBench(ScriptedServer.Step.answers(texts)) {
      $0.policies.concurrency.maximum = 2
      $0.policies.isHedged = true
      $0.policies.hedge = HedgePolicy.Configuration(ratio: 0.5, minimumDelay: .microseconds(1), minimumSamples: 1)
    } _: { bench in
      var generator = SeededGenerator(seed: seed)
      var calls: [Started] = []
      for _ in 0..<100 {
        calls.append(bench.start())
        for _ in 0..<Int.random(in: 0...8, using: &generator) { await Task.yield() }
        calls.randomElement(using: &generator)?.cancel()
      }
      for call in calls {
        let outcome = await call.outcome()
        #expect(outcome.text == "ok" || [.cancelled, .serverError].contains(outcome.reason))
        #expect(call.ends == 1)
      }
      #expect(bench.isAtRest)
      #expect(bench.gate.word == .closed)
    }
  }

  // MARK: The end of the process

  @Test func shuttingDownEndsEverything() async throws {
    try await withBench([.request, .pause]) {
      $0.policies.concurrency.maximum = 2
      $0.policies.breaker.consecutiveFailures = 1
    } _: { bench in
      let calls = (0..<100).map { _ in bench.start() }
      for _ in 0..<2 { await bench.server.event { if case .paused = $0 { true } else { false } } }
      bench.transport.shutDown()
      for call in calls {
        #expect(await call.outcome().reason == .cancelled)
        #expect(call.ends == 1)
      }
      #expect(bench.isAtRest)
      #expect(bench.gate.word == .closed)
      #expect(await bench.outcome().reason == .cancelled)
    }
  }

  /// A stack that is let go lets go of all that it made.
  @Test func nothingHoldsItself() async throws {
    let server = try await ScriptedServer.start { _ in ScriptedServer.Step.answers([response(503), ok]) }
    try await onLoop { loop in
      weak var queue: SlotQueue?
      weak var slots: Slots?
      weak var call: CallInFlight?
      do {
        let bench = try Bench(.forTests(port: server.port), server, on: loop)
        (queue, slots) = (bench.stack.queue, bench.slots)
        let started = bench.start()
        call = started.call
        #expect(call != nil)
        let outcome = await started.outcome()
        #expect(outcome.text == "ok")
        bench.transport.shutDown()
      }
      // What the loop had still to do.
      for _ in 0..<10 { await Task.yield() }
      #expect(call == nil)
      #expect(queue == nil)
      #expect(slots == nil)
    }
    try await server.stop()
  }

  private func expectCancelled(_ call: Started) async {
    for _ in 0..<2 {
      call.cancel()
      #expect(call.ends == 1)
    }
    #expect(await call.outcome().failure == CallFailure(.cancelled))
  }
}
