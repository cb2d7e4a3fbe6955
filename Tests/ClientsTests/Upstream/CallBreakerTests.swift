import NIOCore
import Resilience
import Testing

@testable import Clients

/// What counts against an upstream, and what follows.
@Suite(.timeLimit(.minutes(1))) struct CallBreakerTests {
  private static let opensAfterThree: @Sendable (inout UpstreamDefinition) -> Void = {
    $0.policies.retry = .never
    $0.policies.breaker.consecutiveFailures = 3
  }

  /// Half-open from the next call on, with two probes.
  private static let opensForAMoment: @Sendable (inout UpstreamDefinition) -> Void = {
    opensAfterThree(&$0)
    $0.policies.breaker.openFor = .zero
    $0.policies.breaker.probes = 2
  }

  @Test func whileItIsOpenNothingIsAsked() async throws {
    try await withBench(ScriptedServer.Step.answers([String](repeating: response(500), count: 10)), Self.opensAfterThree) {
      bench in
      for _ in 0..<3 {
        #expect(bench.gate.word == .closed)
        #expect(await bench.outcome().reason == .serverError)
      }
      for _ in 0..<10 {
        let refused = bench.start()
        // At once: what is refused does not wait.
        #expect(refused.ends == 1)
        #expect(await refused.outcome().failure == CallFailure(.circuitOpen))
      }
      let history = await bench.server.history()
      #expect(history.accepted == 1)
      #expect(history.requests.count == 3)
      #expect(bench.isAtRest)
    }
  }

  @Test func noConnectionIsMadeForWhatIsRefused() async throws {
    let failing: [ScriptedServer.Step] = [.request, .send(Array(response(500, "connection: close\r\n").utf8)), .close]
    try await withBench(failing, Self.opensAfterThree) { bench in
      for _ in 0..<3 { #expect(await bench.outcome().reason == .serverError) }
      for _ in 0..<10 { #expect(await bench.outcome().reason == .circuitOpen) }
      #expect(bench.connections == 0)
      #expect(await bench.server.history().accepted == 3)
    }
  }

  @Test func goodProbesHealIt() async throws {
    let texts = [String](repeating: response(500), count: 3) + [ok, ok, ok]
    try await withBench(ScriptedServer.Step.answers(texts), Self.opensForAMoment) { bench in
      for _ in 0..<3 { _ = await bench.outcome() }
      #expect(bench.gate.word == .open)
      #expect(await bench.outcome().text == "ok")
      #expect(bench.gate.word == .halfOpen)
      #expect(await bench.outcome().text == "ok")
      #expect(bench.gate.word == .closed)
      #expect(await bench.outcome().text == "ok")
    }
  }

  @Test func aBadProbeOpensItAgain() async throws {
    let texts = [String](repeating: response(500), count: 3) + [ok, response(500), ok, ok]
    try await withBench(ScriptedServer.Step.answers(texts), Self.opensForAMoment) { bench in
      for _ in 0..<4 { _ = await bench.outcome() }
      #expect(bench.gate.word == .halfOpen)
      #expect(await bench.outcome().reason == .serverError)
      #expect(bench.gate.word == .open)
      for _ in 0..<2 { #expect(await bench.outcome().text == "ok") }
      #expect(bench.gate.word == .closed)
    }
  }

  /// The answer was dropped before anybody had looked at it.
  @Test func aProbeThatNobodyJudgesGivesItsPlaceBack() async throws {
    let texts = [String](repeating: response(500), count: 3) + [String](repeating: ok, count: 12)
    try await withBench(ScriptedServer.Step.answers(texts), Self.opensForAMoment) { bench in
      for _ in 0..<3 { _ = await bench.outcome() }
      for _ in 0..<10 { #expect(await bench.start(isJudged: false).outcome().text == "ok") }
      #expect(bench.gate.word == .halfOpen)
      for _ in 0..<2 { #expect(await bench.outcome().text == "ok") }
      #expect(bench.gate.word == .closed)
    }
  }

  @Test(arguments: [CallFailure.Reason.notJSON, .wrongShape])
  func anAnswerThatMakesNoSenseCountsAgainstIt(reason: CallFailure.Reason) async throws {
    try await withBench(ScriptedServer.Step.answers([String](repeating: ok, count: 6)), Self.opensAfterThree) { bench in
      for _ in 0..<2 { #expect(await bench.outcome(judgement: CallFailure(reason)).text == "ok") }
      #expect(await bench.outcome().text == "ok")
      for _ in 0..<2 { _ = await bench.outcome(judgement: CallFailure(reason)) }
      #expect(bench.gate.word == .closed)
      _ = await bench.outcome(judgement: CallFailure(reason))
      #expect(bench.gate.word == .open)
    }
  }

  @Test(arguments: [400, 401, 403, 404, 408, 409, 422, 425, 429])
  func whatWeAskedWronglyNeverCounts(status: Int) async throws {
    try await withBench(ScriptedServer.Step.answers([String](repeating: response(status), count: 5))) {
      Self.opensAfterThree(&$0)
      $0.policies.breaker.consecutiveFailures = 1
    } _: { bench in
      for _ in 0..<5 { #expect(await bench.outcome().failure?.receivedStatus == status) }
      #expect(bench.gate.word == .closed)
      #expect(bench.stack.health.current.newest?.verdict == .healthy)
    }
  }

  @Test func anAttemptThatTakesTooLongCountsAgainstIt() async throws {
    try await withBench([.request, .pause]) {
      Self.opensAfterThree(&$0)
      $0.policies.breaker.consecutiveFailures = 1
      $0.attemptTimeout = .milliseconds(30)
    } _: { bench in
      #expect(await bench.outcome().reason == .timeout)
      #expect(bench.gate.word == .open)
      #expect(bench.stack.health.current.newest?.verdict == .timeout)
      #expect(bench.isAtRest)
    }
  }

  /// A call that was admitted while all was well and has waited since must not go to an upstream that has failed.
  @Test func whoWaitsIsRefusedWhenItOpens() async throws {
    try await withBench([.request, .pause, .send(response(500)), .request, .send(ok), .pause]) {
      Self.opensAfterThree(&$0)
      $0.policies.breaker.consecutiveFailures = 1
      $0.policies.concurrency.maximum = 1
    } _: { bench in
      let first = bench.start()
      let waiting = (0..<3).map { _ in bench.start() }
      await bench.server.event(.paused(0))
      bench.server.resume()
      #expect(await first.outcome().reason == .serverError)
      for call in waiting { #expect(await call.outcome().failure == CallFailure(.circuitOpen)) }
      #expect(bench.isAtRest)
      #expect(await bench.server.history().requests.count == 0)
    }
  }
}
