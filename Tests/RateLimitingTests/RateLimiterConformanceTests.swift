import RedisTestSupport
import Resilience
import TestSupport
import Testing

@testable import RateLimiting

/// What both limiters promise.
@Suite struct RateLimiterConformanceTests {
  enum Kind: CaseIterable { case local, redis }

  private func run(_ kind: Kind, _ test: (any RateLimiter) async throws -> Void) async throws {
    switch kind {
    case .local: try await test(LocalLimiter(keys: 10_000))
    case .redis: try await withRedis { redis in try await withReplicas(on: redis) { try await test($0[0].limiter) } }
    }
  }

  @Test(arguments: Kind.allCases) func limitAndBurstPassInAnInstantAndNoMore(kind: Kind) async throws {
    try await run(kind) { limiter in
      let passed = try await limiter.passing(RateLimitPolicy.fixed().claim(), of: 1000)
      #expect(passed == 120)
    }
  }

  @Test(arguments: Kind.allCases) func everyIdentityAndEveryPolicyCountsForItself(kind: Kind) async throws {
    try await run(kind) { limiter in
      let (one, other) = (RateLimitPolicy.fixed("one", limit: 3, burst: 0), RateLimitPolicy.fixed("other", limit: 3, burst: 0))
      for claim in [one.claim("a"), one.claim("b"), other.claim("a"), one.claim("")] {
        let passed = try await limiter.passing(claim, of: 10)
        #expect(passed == 3)
      }
    }
  }

  @Test(arguments: Kind.allCases) func aDecisionSaysHowItStands(kind: Kind) async throws {
    try await run(kind) { limiter in
      let claim = RateLimitPolicy.fixed(limit: 24, burst: 0).claim()
      let first = try await limiter.take(claim)
      #expect(first.isAllowed && first.field == #""fixed";r=23;t=3600"#)
      #expect(first.policyField == #""fixed";q=24;w=86400"#)
      _ = try await limiter.passing(claim, of: 23)
      let last = try await limiter.take(claim)
      #expect(!last.isAllowed)
      let standing = try #require(last.strictest?.standing)
      #expect(standing.remaining == 0)
      // A test takes less than a minute.
      #expect((3540...3600).contains(last.retryAfterSeconds) && (86_340...86_400).contains(standing.resetAfter.wholeSeconds))
    }
  }

  @Test(arguments: Kind.allCases) func whatOnePolicyRefusesNoOtherCounts(kind: Kind) async throws {
    try await run(kind) { limiter in
      let (narrow, wide) = (
        RateLimitPolicy.fixed("narrow", limit: 2, burst: 0), RateLimitPolicy.fixed("wide", limit: 10, burst: 0)
      )
      let both = try await limiter.passing(narrow.claim(), wide.claim(), of: 50)
      #expect(both == 2)
      let refused = try await limiter.take(narrow.claim(), wide.claim())
      #expect(refused.strictest?.policy.name == "narrow" && refused.standings.map(\.isRefusing) == [true, false])
      #expect(refused.standings.map(\.standing.remaining) == [0, 8])
      let rest = try await limiter.passing(wide.claim(), of: 50)
      #expect(rest == 8)
    }
  }

  @Test(arguments: Kind.allCases) func aRefusalIsKnownWithoutAskingAndCountsNothing(kind: Kind) async throws {
    try await run(kind) { limiter in
      let claim = RateLimitPolicy.fixed(limit: 5, burst: 0).claim()
      for left in (0..<5).reversed() {
        #expect(limiter.refusal(of: [claim]) == nil)
        let decision = try await limiter.take(claim)
        #expect(decision.strictest?.standing.remaining == Int64(left))
      }
      let refusal = try #require(limiter.refusal(of: [claim]))
      #expect(!refusal.isAllowed && refusal.retryAfterSeconds > 17_000)
      #expect(limiter.refusal(of: [RateLimitPolicy.fixed().claim("another")]) == nil)
    }
  }

  @Test(arguments: Kind.allCases) func noClaimIsNoLimit(kind: Kind) async throws {
    try await run(kind) { limiter in
      let decision = try await limiter.take()
      #expect(decision.isAllowed && decision.field == nil && limiter.refusal(of: []) == nil)
    }
  }

  @Test(arguments: Kind.allCases) func timeBringsItBack(kind: Kind) async throws {
    try await run(kind) { limiter in
      let policy = RateLimitPolicy(name: "quick", subject: .address, rule: .init(limit: 200, per: .seconds(1)))
      let claim = policy.claim()
      // Refused or not, it is asked until more have passed than fit in an instant.
      var passed = 0
      while passed < 400 {
        try Task.checkCancellation()
        if try await limiter.take(claim).isAllowed { passed += 1 }
      }
    }
  }
}
