import Resilience
import Testing

@Suite struct RetryPolicyTests {
  let policy = RetryPolicy(attempts: 3, backoff: Backoff(base: .milliseconds(100), maximum: .seconds(2)))

  private func decision(
    after attempt: Int = 1, mayHelp: Bool = true, retryAfter: Duration? = nil, timeLeft: Duration = .seconds(10),
    chance: Double = 1
  ) -> RetryPolicy.Decision {
    policy.decide(afterAttempt: attempt, mayHelp: mayHelp, retryAfter: retryAfter, timeLeft: timeLeft, chance: chance)
  }

  @Test func aFailureThatAnotherTryCannotChangeIsFinal() {
    #expect(decision(mayHelp: false) == .giveUp)
  }

  @Test func thereAreNeverMoreTriesThanAllowed() {
    #expect(decision(after: 2) == .retry(after: .milliseconds(200)))
    #expect(decision(after: 3) == .giveUp)
    #expect(
      RetryPolicy.never.decide(afterAttempt: 1, mayHelp: true, retryAfter: nil, timeLeft: .seconds(1), chance: 0) == .giveUp)
  }

  @Test func aPauseThatWouldReachTheDeadlineIsNotBegun() {
    #expect(decision(timeLeft: .milliseconds(100)) == .giveUp)
    #expect(decision(timeLeft: .milliseconds(101)) == .retry(after: .milliseconds(100)))
    #expect(decision(timeLeft: .seconds(-1), chance: 0) == .giveUp)
  }

  @Test func whatTheUpstreamAsksForIsWaitedAtLeast() {
    #expect(decision(retryAfter: .seconds(2), chance: 0) == .retry(after: .seconds(2)))
    #expect(decision(retryAfter: .milliseconds(1)) == .retry(after: .milliseconds(100)))
    #expect(decision(retryAfter: .seconds(20)) == .giveUp)
  }
}
