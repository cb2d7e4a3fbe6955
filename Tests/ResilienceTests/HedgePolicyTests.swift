import Resilience
import Testing
import TestSupport

@Suite struct HedgePolicyTests {
  /// A policy that knows 200 latencies: 95 % take 10 ms, the others 200 ms.
  private func experienced(_ configuration: HedgePolicy.Configuration = HedgePolicy.Configuration()) -> HedgePolicy {
    var policy = HedgePolicy(configuration)
    for call in 0..<200 { policy.answered(after: .milliseconds(call % 20 == 0 ? 200 : 10)) }
    return policy
  }

  @Test func nothingIsHedgedUntilEnoughIsKnown() {
    var policy = HedgePolicy(HedgePolicy.Configuration())
    for _ in 0..<99 { policy.answered(after: .milliseconds(10)) }
    #expect(policy.delay(timeLeft: .seconds(10)) == nil)
    policy.answered(after: .milliseconds(10))
    #expect(policy.delay(timeLeft: .seconds(10)) != nil)
  }

  @Test func theSecondTryBeginsAtTheQuantile() throws {
    let delay = try #require(experienced().delay(timeLeft: .seconds(10)))
    #expect(delay > .milliseconds(9) && delay < .milliseconds(11))
    let later = try #require(experienced(.init(quantile: 0.99)).delay(timeLeft: .seconds(10)))
    #expect(later > .milliseconds(180) && later < .milliseconds(220))
  }

  @Test func aSecondTryThatWouldBeginAtTheDeadlineIsNotWorthIt() throws {
    let policy = experienced()
    let delay = try #require(policy.delay(timeLeft: .seconds(10)))
    #expect(policy.delay(timeLeft: delay) == nil)
    #expect(policy.delay(timeLeft: delay + .nanoseconds(1)) == delay)
    #expect(policy.delay(timeLeft: .zero) == nil)
    #expect(policy.delay(timeLeft: .seconds(-1)) == nil)
  }

  @Test func theDelayHasAFloor() {
    #expect(experienced(.init(minimumDelay: .milliseconds(50))).delay(timeLeft: .seconds(1)) == .milliseconds(50))
  }

  @Test func extraCallsAreAtMostTheirShare() {
    var policy = experienced()
    let first = policy.withdraw(at: second(0))
    #expect(!first)
    var extra = 0
    for call in 1...20_000 {
      let now = second(Double(call) / 500)
      policy.called(at: now)
      if policy.withdraw(at: now) { extra += 1 }
      #expect(Double(extra) <= 0.05 * Double(call) + 1e-6)
    }
    #expect(extra >= 990)
  }

  @Test(arguments: 0..<100) func oddNumbersAndTimesDoNotTrap(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var policy = HedgePolicy(
      HedgePolicy.Configuration(
        quantile: random.oddDouble(), ratio: random.oddDouble(), minimumDelay: random.oddDuration(),
        minimumSamples: random.oddCount()))
    var now = second(0)
    for _ in 0..<500 {
      now = random.moment(after: now, isOdd: true)
      policy.called(at: now)
      policy.answered(after: random.oddDuration())
      _ = policy.withdraw(at: now)
      let timeLeft = random.oddDuration()
      if let delay = policy.delay(timeLeft: timeLeft) { #expect(delay >= .zero && delay < timeLeft) }
    }
  }
}
