import Testing
import Upstreams

/// A service that takes its time takes nobody else's.
@Suite struct SlowNeighbourTests {
  private static let deadline = 1500.0
  private static let others = ServiceName.allCases.filter { $0 != .metrics }

  @Test(arguments: ["hang", "hang-after-headers", "drip", "slow:20s"])
  func theOthersAreAsFastAsTheyWere(fault: String) async throws {
    let setup = StackSetup(deadline: "1500ms", environment: neverOpen, places: Turnstile.all)
    try await withStack(setup) { stack in
      let before = try await stack.crowd(of: 8, asking: 80)
      try await stack.setFault(try Fault(fault), of: .metrics)
      let seen = try await stack.crowd(of: 24, asking: 24)
      #expect(seen.allSatisfy { $0.isWhole(but: [.metrics]) && $0.words[.metrics] == "timeout" })
      for name in Self.others {
        // Far from exact, and far from the deadline: exact figures are the benchmark's.
        #expect(seen.median(of: name) < before.median(of: name) + Self.deadline / 4, "\(name)")
      }
      #expect(seen.median(of: .metrics) > Self.deadline / 2)
    }
  }

  @Test func hundredsWhoWaitForOneGetTheOthersAndKeepWithinItsLimit() async throws {
    let limit = ["TRIBUTARY_UPSTREAMS_METRICS_CONCURRENCY_MAXIMUM": "40"]
    try await withStack(StackSetup(deadline: "5s", environment: limit, places: Turnstile.all)) { stack in
      try await stack.setFault(.slow(.milliseconds(300)), of: .metrics)
      let seen = try await stack.crowd(of: 200, asking: 400)
      #expect(seen.count == 400)
      #expect(seen.allSatisfy { $0.isWhole(but: [.metrics]) })
      #expect(seen.count { $0.isWhole() } >= 200)
      // The service counts an answer as ended a moment after we have it.
      #expect((30...44).contains(stack.fakes.stats(of: .metrics).maxInFlight))
      for name in Self.others { #expect(seen.median(of: name) < seen.median(of: .metrics), "\(name)") }
    }
  }
}
