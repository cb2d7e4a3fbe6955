import Resilience
import Testing
import TestSupport

/// The breaker in front of an upstream that answers at once, with calls at an even rate.
@Suite struct CircuitBreakerSimulationTests {
  private struct Upstream {
    var breaker: CircuitBreaker
    var random: SeededGenerator
    /// Calls that reached the upstream, and the failures among them.
    var calls = 0
    var failures = 0

    init(_ configuration: CircuitBreaker.Configuration = .init(), seed: UInt64) {
      breaker = CircuitBreaker(configuration)
      random = SeededGenerator(seed: seed)
    }

    /// Whether the call got through and succeeded.
    mutating func call(at now: Instant, failing probability: Double) -> Bool {
      let admission = breaker.admit(at: now)
      guard admission != .refused else { return false }
      let isFailure = random.isTrue(probability)
      calls += 1
      failures += isFailure ? 1 : 0
      switch (admission, isFailure) {
      case (.probe(let generation), false): breaker.probeSucceeded(generation: generation, at: now)
      case (.probe(let generation), true): breaker.probeFailed(generation: generation, at: now, chance: random.chance())
      case (_, false): breaker.succeeded(admittedAt: now, at: now)
      case (_, true): breaker.failed(admittedAt: now, at: now, chance: random.chance())
      }
      return !isFailure
    }
  }

  @Test(arguments: [1, 10, 100, 1000]) func aStormOfFailuresOpensWithinTwenty(callsPerSecond: Int) {
    for healthyCalls in [0, 7, 10_000] {
      var upstream = Upstream(seed: 1)
      for number in 0..<healthyCalls {
        _ = upstream.call(at: second(Double(number) / Double(callsPerSecond)), failing: 0)
      }
      let start = Double(healthyCalls) / Double(callsPerSecond)
      for number in 0..<20 {
        if number < 12 { #expect(upstream.breaker.state == .closed) }
        _ = upstream.call(at: second(start + Double(number) / Double(callsPerSecond)), failing: 1)
      }
      #expect(upstream.breaker.state != .closed)
    }
  }

  @Test(arguments: 0..<40) func thirtyPercentOfFailuresKeepItClosed(seed: UInt64) {
    var upstream = Upstream(seed: seed)
    let callsPerSecond = [2.0, 10, 50, 500][Int(seed % 4)]
    for number in 0..<10_000 {
      _ = upstream.call(at: second(Double(number) / callsPerSecond), failing: 0.3)
      #expect(upstream.breaker.state == .closed)
    }
    #expect(upstream.calls == 10_000)
    #expect(upstream.failures > 2800)
  }

  @Test(arguments: 0..<20) func sixtyFivePercentOfFailuresOpenIt(seed: UInt64) {
    var upstream = Upstream(seed: seed)
    for number in 0..<500 where upstream.breaker.state == .closed {
      _ = upstream.call(at: second(Double(number) / 50), failing: 0.65)
    }
    #expect(upstream.breaker.state != .closed)
  }

  @Test(arguments: 0..<10) func aDeadUpstreamSeesAtMostTwoProbesASecond(seed: UInt64) {
    var upstream = Upstream(seed: seed)
    for _ in 0..<20 { _ = upstream.call(at: second(0), failing: 1) }
    let before = upstream.calls
    for number in 0..<100_000 { _ = upstream.call(at: second(Double(number) / 1000), failing: 1) }
    let probes = upstream.calls - before
    #expect(probes >= 15 && probes <= 25)
  }

  /// All five probes are under way before the first verdict, and the upstream wavers.
  @Test(arguments: 0..<10) func slowProbesOfAWaveringUpstreamAreAtMostTwoASecond(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var breaker = CircuitBreaker(.init())
    for _ in 0..<20 { breaker.failed(at: second(0), chance: 0.5) }
    var underWay: [(generation: Int, end: Instant)] = []
    var probes = 0
    for tick in 0..<100_000 {
      let now = second(Double(tick) / 1000)
      while let first = underWay.first, first.end <= now {
        underWay.removeFirst()
        if random.isTrue(0.5) {
          breaker.probeFailed(generation: first.generation, at: now, chance: random.chance())
        } else {
          breaker.probeSucceeded(generation: first.generation, at: now)
        }
      }
      if breaker.state == .closed { for _ in 0..<20 { breaker.failed(at: now, chance: random.chance()) } }
      if case .probe(let generation) = breaker.admit(at: now) {
        probes += 1
        underWay.append((generation, now + .milliseconds(50)))
      }
    }
    #expect(probes >= 50 && probes <= 200)
  }

  @Test(arguments: 0..<20) func aHealedUpstreamIsUsedAgainWithinTheOpenTimeAndTwoSeconds(seed: UInt64) throws {
    var upstream = Upstream(seed: seed)
    let healed = 10 + Double(seed) * 0.4
    for tick in 0..<Int(healed * 20) { _ = upstream.call(at: second(Double(tick) / 20), failing: 1) }
    let closed = try #require(
      (0..<1000).first { tick in
        _ = upstream.call(at: second(healed + Double(tick) / 20), failing: 0)
        return upstream.breaker.state == .closed
      })
    #expect(Double(closed) / 20 <= 6 + 2)
  }
}
