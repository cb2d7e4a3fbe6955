import NIOCore
import Resilience
import Testing

@testable import Clients

/// `Retry-After`: one call hears it, all keep to it.
@Suite(.timeLimit(.minutes(1))) struct CallRetryAfterTests {
  @Test(arguments: [429, 503])
  func secondsHoldForEveryCall(status: Int) async throws {
    try await expectRefusals(after: response(status, "retry-after: 60\r\n"), status: status)
  }

  @Test(arguments: [429, 503])
  func aDateHoldsForEveryCall(status: Int) async throws {
    let date = Timestamp(milliseconds: Timestamp.now().milliseconds + 60_000).httpDate
    try await expectRefusals(after: response(status, "Retry-After: \(date)\r\n"), status: status)
  }

  private func expectRefusals(after text: String, status: Int) async throws {
    try await withBench(ScriptedServer.Step.answers([text, ok])) { bench in
      #expect(await bench.outcome().failure?.receivedStatus == status)
      for _ in 0..<10 {
        let refused = bench.start()
        #expect(refused.ends == 1)
        let failure = try #require(await refused.outcome().failure)
        #expect(failure.reason == .askedToWait)
        #expect(failure.status == (status == 429 ? .overloaded : .unavailable))
        #expect((.zero ... .seconds(60)).contains(try #require(failure.retryAfter)))
      }
      #expect(bench.gate.word == .closed)
      #expect(await bench.server.history().requests.count == 1)
    }
  }

  @Test(arguments: ["0", "Sun, 06 Nov 1994 08:49:37 GMT"])
  func aLimitThatIsOverIsTriedAgain(text: String) async throws {
    try await withBench(ScriptedServer.Step.answers([response(429, "retry-after: \(text)\r\n"), ok])) { bench in
      #expect(await bench.outcome().text == "ok")
    }
  }

  /// Our own call comes back when it was asked to, and not before.
  @Test func theCallThatHeardItWaitsAsLong() async throws {
    try await withBench(ScriptedServer.Step.answers([response(503, "retry-after: 1\r\n"), ok])) { bench in
      let start = NIODeadline.now()
      #expect(await bench.outcome().text == "ok")
      #expect(NIODeadline.now() - start >= .seconds(1))
    }
  }

  @Test func whoWaitsForAPlaceKeepsToItToo() async throws {
    try await withBench([.request, .pause, .send(response(503, "retry-after: 60\r\n")), .request, .send(ok), .pause]) {
      $0.policies.concurrency.maximum = 1
    } _: { bench in
      let first = bench.start()
      let waiting = (0..<3).map { _ in bench.start() }
      await bench.server.event(.paused(0))
      bench.server.resume()
      #expect(await first.outcome().failure?.receivedStatus == 503)
      for call in waiting { #expect(await call.outcome().reason == .askedToWait) }
      #expect(bench.isAtRest)
      #expect(await bench.server.history().requests.count == 0)
    }
  }

  @Test(arguments: [500, 502])
  func anotherStatusSpeaksToNobodyElse(status: Int) async throws {
    try await withBench(ScriptedServer.Step.answers([response(status, "retry-after: 60\r\n"), ok])) { bench in
      #expect(await bench.outcome().failure?.receivedStatus == status)
      #expect(await bench.outcome().text == "ok")
    }
  }
}
