import Resilience
import Synchronization
import TestSupport
import Testing

@testable import RateLimiting

@Suite struct LocalLimiterTests {
  /// A clock that stands until it is moved.
  private final class Clock: Sendable {
    private let time = Atomic<Int64>(1_000_000_000_000)

    var now: @Sendable () -> Instant { { Instant(nanoseconds: self.time.load(ordering: .relaxed)) } }
    func advance(_ seconds: Int64) { time.add(seconds * 1_000_000_000, ordering: .relaxed) }
  }

  private static func key(_ number: Int) -> RateLimitKey {
    var generator = SeededGenerator(seed: UInt64(number))
    return RateLimitKey(words: (generator.next(), generator.next()))
  }

  private static let policy = RateLimitPolicy(
    name: "minute", subject: .address, rule: GCRA(limit: 100, per: .seconds(60), burst: 20))

  private func claim(_ number: Int) -> RateLimitClaim { RateLimitClaim(policy: Self.policy, key: Self.key(number)) }

  @Test func loopsShareOneLimit() async throws {
    let limiter = LocalLimiter(keys: 100)
    let passed = try await limiter.passing(RateLimitPolicy.fixed().claim(), of: 5000, atOnce: 32)
    #expect(passed == 120)
  }

  @Test func withAFixedClockTheFiguresAreExact() {
    let clock = Clock()
    let limiter = LocalLimiter(keys: 100, now: clock.now)
    for left in (0..<120).reversed() {
      // 600 ms each, in whole seconds.
      let seconds = ((120 - left) * 3 + 4) / 5
      #expect(limiter.take([claim(1)]).field == "\"minute\";r=\(left);t=\(seconds)")
    }
    #expect(limiter.take([claim(1)]).retryAfterSeconds == 1)
    clock.advance(6)
    #expect(limiter.take([claim(1)]).field == #""minute";r=9;t=67"#)
    clock.advance(3600)
    #expect(limiter.take([claim(1)]).field == #""minute";r=119;t=1"#)
  }

  @Test func asManyKeysAreRememberedAsArePromised() {
    let clock = Clock()
    let limiter = LocalLimiter(keys: 20_000, now: clock.now)
    for number in 0..<20_000 { _ = limiter.take([claim(number)]) }
    let remembered = (0..<20_000).count { limiter.take([claim($0)]).standings.first?.standing.remaining == 118 }
    #expect(remembered >= 19_950)
  }

  @Test func aFloodOfAddressesMakesItForgetThoseWhoOweLeast() {
    let clock = Clock()
    let limiter = LocalLimiter(keys: 1000, now: clock.now)
    // One who is over the limit, and a flood of many times the table from others.
    for _ in 0..<120 { _ = limiter.take([claim(0)]) }
    for number in 1..<50_000 { _ = limiter.take([claim(number)]) }
    #expect(!limiter.take([claim(0)]).isAllowed)
    // Of the flood the table holds what it has places for.
    let remembered = (1..<50_000).count { number in
      limiter.refusal(of: [claim(number)]) == nil && limiter.standing(of: claim(number)) < 120
    }
    #expect((900...1256).contains(remembered))
  }

  @Test func whoOwesNothingIsForgottenFirst() {
    let clock = Clock()
    let limiter = LocalLimiter(keys: 1000, now: clock.now)
    for number in 0..<1000 { _ = limiter.take([claim(number)]) }
    clock.advance(1)
    for number in 1000..<1900 { for _ in 0..<60 { _ = limiter.take([claim(number)]) } }
    let remembered = (1000..<1900).count { limiter.standing(of: claim($0)) == 60 }
    #expect(remembered >= 895)
  }

  @Test func aShareIsAsStrictAsItsPart() {
    let clock = Clock()
    let limiter = LocalLimiter(keys: 100, now: clock.now)
    #expect((0..<500).count { _ in limiter.take([claim(1)], replicas: 4).isAllowed } == 30)
    clock.advance(60)
    #expect((0..<500).count { _ in limiter.take([claim(1)], replicas: 4).isAllowed } == 25)
    // Many replicas: one at a time, never none.
    #expect((0..<500).count { _ in limiter.take([claim(2)], replicas: 1000).isAllowed } == 1)
  }

  @Test func whatWasLearntHolds() {
    let clock = Clock()
    let limiter = LocalLimiter(keys: 100, now: clock.now)
    limiter.learn([claim(1)], debts: [Self.policy.rule.room], at: clock.now())
    #expect(limiter.refusal(of: [claim(1)])?.retryAfterSeconds == 1)
    clock.advance(36)
    #expect(limiter.refusal(of: [claim(1)]) == nil)
    #expect((0..<500).count { _ in limiter.take([claim(1)], replicas: 2).isAllowed } == 30)
  }

  @Test func whatWasSaidBeforeTakesNothingBack() {
    let clock = Clock()
    let limiter = LocalLimiter(keys: 100, now: clock.now)
    let interval = Self.policy.rule.interval
    for count: Int64 in [60, 54, 1] { limiter.learn([claim(1)], debts: [count * interval], at: clock.now()) }
    #expect((0..<500).count { _ in limiter.take([claim(1)]).isAllowed } == 60)
  }
}

extension LocalLimiter {
  /// What is left to a claim; nothing is counted.
  fileprivate func standing(of claim: RateLimitClaim) -> Int64 {
    let strict = RateLimitPolicy(name: claim.policy.name, subject: claim.policy.subject, rule: claim.policy.rule)
    return take([RateLimitClaim(policy: strict, key: claim.key), .impossible]).standings[0].standing.remaining
  }
}

extension RateLimitClaim {
  /// One that is always refused, so that nothing beside it is counted.
  fileprivate static var impossible: RateLimitClaim { RateLimitPolicy.fixed("none", limit: 1, burst: 0).claim("nobody") }
}
