import Resilience
import TestSupport
import Testing

@testable import Caching

@Suite struct FreshnessTests {
  private static let start = Timestamp(milliseconds: 1_700_000_000_000)
  private let freshness = Freshness(
    fetchedAt: start, lifetimes: Lifetimes(fresh: 30_000, staleWhileRevalidate: 60_000, staleIfError: 600_000))

  private func after(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: Self.start.milliseconds + milliseconds) }

  @Test(arguments: [
    (Int64(0), Freshness.State.fresh, Int64(30_000)), (29_999, .fresh, 1), (30_000, .staleWhileRevalidate, 0),
    (89_999, .staleWhileRevalidate, 0),
    (90_000, .staleIfError, 0), (629_999, .staleIfError, 0), (630_000, .expired, 0), (1 << 50, .expired, 0),
  ])
  func itGrowsOld(age: Int64, state: Freshness.State, remaining: Int64) {
    #expect(freshness.state(at: after(age)) == state)
    #expect(freshness.remaining(at: after(age)) == remaining)
    #expect(freshness.age(at: after(age)) == age)
    #expect(freshness.untilExpired(at: after(age)) == max(630_000 - age, 0))
  }

  @Test func aClockThatIsALittleBehindSeesItFresh() {
    #expect(freshness.state(at: after(-2000)) == .fresh)
    #expect(freshness.age(at: after(-2000)) == 0)
    #expect(freshness.remaining(at: after(-2000)) == 30_000)
  }

  @Test(arguments: [Int64(-2001), -86_400_000, -1_700_000_000_000]) func aClockSetBackMakesNothingFreshForLong(age: Int64) {
    #expect(freshness.state(at: after(age)) == .expired)
    #expect(freshness.remaining(at: after(age)) == 0)
    #expect(freshness.untilExpired(at: after(age)) == 0)
    #expect(freshness.age(at: after(age)) == 0)
  }

  @Test func whateverTheClocksSayItIsFreshForItsLifetimeAndTheSkewAtMost() {
    var random = SeededGenerator(seed: 2)
    let odd: [Int64] = [.min, .max, 0, -1, 1, .min + 1, .max - 1, 1_700_000_000_000]
    for _ in 0..<20_000 {
      let fetched = odd[random.draw(0..<odd.count)].addingReportingOverflow(Int64(random.draw(-5000..<5000))).partialValue
      let now = odd[random.draw(0..<odd.count)].addingReportingOverflow(Int64(random.draw(-5000..<5000))).partialValue
      let lifetime = Int64(random.draw(0..<8000))
      let freshness = Freshness(
        fetchedAt: Timestamp(milliseconds: fetched),
        lifetimes: Lifetimes(fresh: lifetime, staleWhileRevalidate: 0, staleIfError: 0))
      let age = Int128(now) - Int128(fetched)
      #expect((freshness.state(at: Timestamp(milliseconds: now)) == .fresh) == (age >= -2000 && age < lifetime))
      #expect((0...lifetime).contains(freshness.remaining(at: Timestamp(milliseconds: now))))
      #expect(freshness.age(at: Timestamp(milliseconds: now)) >= 0)
    }
  }

  @Test func lifetimesOfNonsenseAreBroughtIn() {
    let longest = Lifetimes(fresh: .max, staleWhileRevalidate: .max, staleIfError: .max)
    #expect(longest.fresh == Lifetimes.longest)
    #expect(longest.total == 2 * Lifetimes.longest)
    #expect(Lifetimes(fresh: .min, staleWhileRevalidate: -1, staleIfError: .min).total == 0)
    #expect(Lifetimes(fresh: 5, staleWhileRevalidate: 60, staleIfError: 10).total == 65)
  }

  @Test(arguments: [(0.0, 27_000), (0.5, 30_000), (1.0, 33_000), (-4.0, 27_000), (7.0, 33_000), (.nan, 30_000)])
  func theTTLIsSpreadByATenth(chance: Double, fresh: Int) {
    let lifetimes = CachePolicy().lifetimes(chance: chance)
    #expect(lifetimes == Lifetimes(fresh: Int64(fresh), staleWhileRevalidate: 60_000, staleIfError: 600_000))
  }

  @Test(arguments: [(Double.nan, 30_000), (-1, 30_000), (.infinity, 30_000), (50, 0)])
  func anOddJitterDoesNotTrap(jitter: Double, fresh: Int) {
    #expect(CachePolicy(jitter: jitter).lifetimes(chance: 0).fresh == Int64(fresh))
  }

  @Test func aFailureIsRememberedForASecondAndNeverStale() {
    #expect(CachePolicy().negativeLifetimes(chance: 0.5) == Lifetimes(fresh: 1000, staleWhileRevalidate: 0, staleIfError: 0))
  }

  @Test func aPolicyOfCenturiesOrNegativeIsBroughtIn() {
    let policy = CachePolicy(
      ttl: .seconds(Int64.max) * 10, staleWhileRevalidate: .seconds(-5), staleIfError: .seconds(Int64.min) * 10, jitter: 0)
    #expect(policy.lifetimes(chance: 1) == Lifetimes(fresh: Lifetimes.longest, staleWhileRevalidate: 0, staleIfError: 0))
  }
}
