import NIOCore
import NIOHTTP1
import Resilience
import Testing

@testable import Clients

/// What is tried again, and for how long.
@Suite(.timeLimit(.minutes(1))) struct CallRetryTests {
  @Test(arguments: [502, 503, 504, 408, 425])
  func whatMayPassIsTriedAgain(status: Int) async throws {
    try await withBench(ScriptedServer.Step.answers([response(status), ok])) { bench in
      #expect(await bench.outcome().text == "ok")
      #expect(await bench.server.history().requests.count == 2)
    }
  }

  @Test func theLastFailureIsTheAnswer() async throws {
    try await withBench(ScriptedServer.Step.answers([response(502), response(503), response(504), ok])) { bench in
      #expect(await bench.outcome().failure == CallFailure(.serverError, receivedStatus: 504))
      #expect(await bench.server.history().requests.count == 3)
    }
  }

  @Test(arguments: [300, 302, 400, 401, 403, 404, 409, 410, 422, 429, 451, 499, 500, 501])
  func whatLastsIsAskedOnce(status: Int) async throws {
    try await withBench(ScriptedServer.Step.answers([response(status), ok])) { bench in
      #expect(await bench.outcome().failure?.receivedStatus == status)
      #expect(await bench.server.history().requests.count == 1)
    }
  }

  /// A fifth of the calls, and no more.
  @Test func theBudgetBoundsTheRetries() async throws {
    try await withBench(ScriptedServer.Step.answers([String](repeating: response(503), count: 100))) {
      $0.policies.retryBudget = RetryBudget.Configuration(ratio: 0.2, floorPerSecond: 0, window: .seconds(300))
    } _: { bench in
      for _ in 0..<20 { #expect(await bench.outcome().reason == .serverError) }
      #expect(await bench.server.history().requests.count == 24)
    }
  }

  @Test func withoutBudgetNothingIsTriedAgain() async throws {
    try await withBench(ScriptedServer.Step.answers([response(503), ok])) {
      $0.policies.retryBudget = RetryBudget.Configuration(ratio: 0, floorPerSecond: 0)
    } _: { bench in
      #expect(await bench.outcome().failure == CallFailure(.serverError, receivedStatus: 503))
      #expect(await bench.server.history().requests.count == 1)
    }
  }

  /// The failure that opens the breaker is told as it was, at once: no pause for a try that would be refused.
  @Test func theFailureThatOpensTheBreakerIsNotTriedAgain() async throws {
    try await withBench(ScriptedServer.Step.answers([response(503), ok])) {
      $0.policies.breaker.consecutiveFailures = 1
    } _: { bench in
      #expect(await bench.outcome().failure == CallFailure(.serverError, receivedStatus: 503))
      #expect(bench.gate.word == .open)
      #expect(await bench.server.history().requests.count == 1)
    }
  }

  @Test func aPauseThatWouldReachTheDeadlineIsNotBegun() async throws {
    try await withBench(ScriptedServer.Step.answers([response(503, "retry-after: 60\r\n"), ok])) { bench in
      let start = NIODeadline.now()
      #expect(await bench.outcome(within: .seconds(30)).failure?.receivedStatus == 503)
      #expect(NIODeadline.now() - start < .seconds(20))
    }
  }

  @Test func theTriesOfARefusedPortAreOverSoon() async throws {
    let server = try await ScriptedServer.start { _ in [] }
    try await server.stop()
    try await onLoop { loop in
      var definition = UpstreamDefinition.forTests(port: server.port)
      definition.policies = UpstreamPolicies()
      let bench = try Bench(definition, server, on: loop)
      let start = NIODeadline.now()
      #expect(await bench.outcome().reason == .connectionRefused)
      #expect(NIODeadline.now() - start < .seconds(10), "long before the deadline")
      #expect(bench.isAtRest)
    }
  }

  @Test func aCallAfterItsDeadlineConnectsToNothing() async throws {
    try await withBench([]) { bench in
      #expect(await bench.outcome(within: .seconds(-1)).reason == .timeout)
      #expect(bench.connections == 0)
      #expect(bench.stack.health.current.newest == nil)
    }
  }

  // MARK: X-Request-Deadline-Ms

  @Test func eachTryIsToldTheTimeThatIsLeft() async throws {
    try await withBench(ScriptedServer.Step.answers([response(503, "retry-after: 1\r\n"), ok])) {
      $0.sendsDeadline = true
    } _: { bench in
      #expect(await bench.outcome(within: .seconds(30)).text == "ok")
      let left = await bench.server.history().requests.compactMap(\.millisecondsLeft)
      try #require(left.count == 2)
      #expect((1...30_000).contains(left[0]))
      #expect((1...left[0] - 1000).contains(left[1]))
    }
  }

  @Test func nobodyElseIsTold() async throws {
    try await withBench(ScriptedServer.Step.answers([response(503), ok])) { bench in
      #expect(await bench.outcome().text == "ok")
      let requests = await bench.server.history().requests
      #expect(requests.count == 2)
      #expect(requests.allSatisfy { !$0.lowercased().contains("x-request-deadline") })
    }
  }
}

extension String {
  fileprivate var millisecondsLeft: Int? {
    split(separator: "\r\n").first { $0.lowercased().hasPrefix("x-request-deadline-ms:") }
      .flatMap { Int($0.drop { $0 != ":" }.dropFirst().drop(while: \.isWhitespace)) }
  }
}
