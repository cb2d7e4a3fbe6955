import Testing
import Upstreams

/// A service that fails under load is spared, its callers are answered, and it is used again when it is well.
@Suite struct StormTests {
  /// What is allowed beside the first tries: a fifth of them, ten a second, and one second's ten.
  private static func mostCalls(for requests: Int, in time: Duration) -> Int {
    Int(1.2 * Double(requests) + 10 * (time / .seconds(1) + 1)) + 1
  }

  @Test func aStormOpensTheBreakerAndAHealedServiceClosesIt() async throws {
    let setup = StackSetup(environment: ["TRIBUTARY_CIRCUIT_BREAKER_OPEN": "4s"], places: Turnstile.all)
    try await withStack(setup) { stack in
      #expect(try await stack.crowd(of: 4, asking: 100).allSatisfy { $0.isWhole() })
      stack.fakes.resetStats(of: .metrics)
      try await stack.setFault(.status(503), of: .metrics)
      let seen = try await stack.crowd(of: 4, asking: 120)
      #expect(seen.allSatisfy { $0.isWhole(but: [.metrics]) && $0.words[.metrics] == "unavailable" })
      // Twenty failures open it; what the other clients had under way by then comes on top.
      #expect((20...40).contains(stack.calls(of: .metrics)))
      #expect(try await stack.circuit(of: .metrics) == "open")
      #expect(try await stack.circuit(of: .users) == "closed")
      let document = try await stack.get(consolidated).json
      #expect(document["metadata"]?["sections"]?["metrics"]?["reason"]?.text == "circuit_open")
      try await stack.setFault(.none, of: .metrics)
      try await stack.whole(within: .seconds(12))
      // Whole again is the first probe; five in a row close it.
      #expect(try await stack.crowd(of: 1, asking: 10).allSatisfy { $0.isWhole() })
      #expect(try await stack.circuit(of: .metrics) == "closed")
    }
  }

  @Test func aServiceThatStaysDownIsAskedByFewProbes() async throws {
    let setup = StackSetup(environment: ["TRIBUTARY_CIRCUIT_BREAKER_OPEN": "500ms"], places: Turnstile.all)
    try await withStack(setup) { stack in
      try await stack.setFault(.status(503), of: .metrics)
      _ = try await stack.crowd(of: 8, asking: 100)
      stack.fakes.resetStats(of: .metrics)
      let started = ContinuousClock.now
      let requests = 1200
      #expect(try await stack.crowd(of: 8, asking: requests).allSatisfy { $0.isWhole(but: [.metrics]) })
      // A half-open period lets five through at most, and there is one every 400 ms at most.
      let periods = Int((ContinuousClock.now - started) / .milliseconds(400)) + 1
      #expect(stack.calls(of: .metrics) <= 5 * periods)
      #expect(stack.calls(of: .dashboard) >= requests)
    }
  }

  @Test func withoutABreakerTheBudgetBoundsTheRetries() async throws {
    try await withStack(StackSetup(environment: neverOpen, places: Turnstile.all)) { stack in
      try await stack.setFault(.status(503), of: .metrics)
      let started = ContinuousClock.now
      let requests = 500
      #expect(try await stack.crowd(of: 16, asking: requests).allSatisfy { $0.isWhole(but: [.metrics]) })
      let most = Self.mostCalls(for: requests, in: ContinuousClock.now - started)
      #expect((requests + 50...most).contains(stack.calls(of: .metrics)), "\(stack.calls(of: .metrics)) calls, at most \(most)")
      #expect(stack.calls(of: .dashboard) == requests)
    }
  }

  @Test func failuresAtRandomAreMadeGoodAndLeaveTheBreakerClosed() async throws {
    try await withStack(StackSetup(places: Turnstile.all)) { stack in
      try await stack.setFault(.flaky(percent: 30), of: .metrics)
      let started = ContinuousClock.now
      var seen: [Glimpse] = []
      for _ in 0..<10 {
        seen += try await stack.crowd(of: 16, asking: 160)
        #expect(try await stack.circuit(of: .metrics) == "closed")
      }
      #expect(seen.allSatisfy { $0.isWhole(but: [.metrics]) })
      let whole = seen.count { $0.isWhole() }
      #expect(Double(whole) >= 0.78 * Double(seen.count), "\(whole) of \(seen.count)")
      let most = Self.mostCalls(for: seen.count, in: ContinuousClock.now - started)
      #expect(stack.calls(of: .metrics) <= most, "\(stack.calls(of: .metrics)) calls, at most \(most)")
    }
  }

  @Test func aFlappingServiceHurtsItsOwnSectionOnlyAndComesBack() async throws {
    let setup = StackSetup(environment: ["TRIBUTARY_CIRCUIT_BREAKER_OPEN": "300ms"], places: Turnstile.all)
    try await withStack(setup) { stack in
      let started = ContinuousClock.now
      var requests = 0
      for round in 0..<8 {
        try await stack.setFault(round % 2 == 0 ? .status(503) : .none, of: .metrics)
        #expect(try await stack.crowd(of: 8, asking: 80).allSatisfy { $0.isWhole(but: [.metrics]) })
        requests += 80
      }
      let most = Self.mostCalls(for: requests, in: ContinuousClock.now - started)
      #expect(stack.calls(of: .metrics) <= most, "\(stack.calls(of: .metrics)) calls, at most \(most)")
      try await stack.whole(within: .seconds(10))
    }
  }

  @Test func aCrowdDoesNotCallBeforeTheTimeThatWasAskedFor() async throws {
    try await withStack(StackSetup(deadline: "1s")) { stack in
      try await stack.setFault(.retryAfter(seconds: 2), of: .metrics)
      _ = try await stack.get(consolidated)
      let asked = ContinuousClock.now
      #expect(stack.calls(of: .metrics) == 1)
      try await within(.seconds(15), "the second call") {
        while stack.calls(of: .metrics) == 1 {
          let seen = try await stack.crowd(of: 4, asking: 20)
          #expect(seen.allSatisfy { $0.isWhole(but: [.metrics]) })
        }
      }
      #expect(ContinuousClock.now - asked >= .milliseconds(1900))
    }
  }
}
