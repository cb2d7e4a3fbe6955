import TestSupport
import Testing

@testable import Resilience

@Suite struct GCRATests {
  private static let minute = GCRA(limit: 100, per: .seconds(60), burst: 20)

  /// Requests that pass in an instant.
  private func passing(_ rule: GCRA, _ tat: inout Instant, at now: Instant, of count: Int = 1000) -> Int {
    var passed = 0
    for _ in 0..<count where rule.take(&tat, at: now) { passed += 1 }
    return passed
  }

  @Test(arguments: [(100, 20, 120), (1, 0, 1), (7, 0, 7), (3, 997, 1000), (0, 0, 1), (-5, -5, 1), (1, 5, 6)])
  func limitAndBurstPassInAnInstantAndNoMore(limit: Int, burst: Int, passes: Int) {
    let rule = GCRA(limit: limit, per: .seconds(60), burst: burst)
    var tat = Instant(nanoseconds: 0)
    #expect(passing(rule, &tat, at: second(1000), of: 2000) == passes)
    #expect(rule.capacity == passes)
  }

  @Test func afterTheBurstOnePassesEveryInterval() {
    var tat = second(0)
    #expect(passing(Self.minute, &tat, at: second(100)) == 120)
    #expect(passing(Self.minute, &tat, at: second(100.599)) == 0)
    #expect(passing(Self.minute, &tat, at: second(100.6)) == 1)
    #expect(passing(Self.minute, &tat, at: second(106.6)) == 10)
    #expect(passing(Self.minute, &tat, at: second(178.6)) == 120)
    #expect(passing(Self.minute, &tat, at: second(1e6)) == 120)
  }

  @Test func aStandingSaysWhatHolds() {
    let rule = Self.minute
    #expect(rule.standing(debt: 0) == .init(remaining: 120, resetAfter: 0, retryAfter: 0))
    #expect(rule.standing(debt: rule.interval) == .init(remaining: 119, resetAfter: 600_000_000, retryAfter: 0))
    #expect(rule.standing(debt: rule.room - rule.interval).retryAfter == 0)
    #expect(
      rule.standing(debt: rule.room) == .init(remaining: 0, resetAfter: 72_000_000_000, retryAfter: 600_000_000))
    #expect(rule.standing(debt: -1).remaining == 120 && rule.standing(debt: .max).remaining == 0)
  }

  /// A request passes if every stretch of time up to it holds no more than the capacity and what the time has brought.
  @Test(arguments: 0..<40 as Range<UInt64>) func theSameRequestsPassAsInTheNaiveModel(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let rule = GCRA(
      limit: generator.draw(1..<20), per: .milliseconds(generator.draw(1..<5000)), burst: generator.draw(0..<20))
    var (tat, now) = (Instant(nanoseconds: 0), second(10))
    var passed: [Instant] = []
    for _ in 0..<400 {
      if generator.once(in: 3) { now = now.advanced(byNanoseconds: Int64(generator.draw(0..<3_000_000_000)) / rule.capacity) }
      let fits = passed.indices.allSatisfy { first in
        Int64(passed.count - first + 1) * rule.interval <= rule.room + now.nanoseconds(since: passed[first])
      }
      #expect(rule.take(&tat, at: now) == fits)
      if fits { passed.append(now) }
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>) func aClockThatGoesBackGivesNothing(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let rule = GCRA(limit: 5, per: .seconds(5), burst: generator.draw(0..<10))
    var (tat, shown, real) = (Instant(nanoseconds: 0), second(100_000), Int64(0))
    var passed: Int64 = 0
    for _ in 0..<500 {
      let step = Int64(generator.draw(0..<500_000_000))
      real += step
      shown = shown.advanced(byNanoseconds: step)
      if generator.once(in: 10) { shown = shown.advanced(byNanoseconds: -Int64(generator.draw(0..<3_600_000)) * 1_000_000) }
      if rule.take(&tat, at: shown) { passed += 1 }
      #expect(passed <= rule.capacity + real / rule.interval + 1)
      #expect(rule.debt(until: tat, at: shown) <= rule.room)
    }
    // And it costs nobody more than the whole room.
    #expect(rule.take(&tat, at: shown.advanced(byNanoseconds: rule.interval)))
  }

  @Test(arguments: [1, 2, 3, 4, 7, 60, 120, 121, 5000]) func sharesTogetherAreTheWholeAndNobodyIsShutOut(count: Int) {
    let share = Self.minute.share(of: count)
    var passed = 0
    for _ in 0..<count {
      var tat = second(0)
      passed += passing(share, &tat, at: second(100), of: 200)
    }
    #expect(passed <= max(120, count) && passed >= count)
    #expect(share.interval == Self.minute.interval * Int64(count))
  }

  @Test(arguments: [Duration.zero, .seconds(-1), .nanoseconds(1), .seconds(1), .seconds(Int64.max), .microseconds(7)])
  func oddNumbersTrapNothing(period: Duration) {
    for limit in [Int.min, 0, 1, 3, Int.max] {
      for burst in [Int.min, 0, Int.max] {
        for count in [Int.min, 0, 1, 1000, Int.max] {
          let rule = GCRA(limit: limit, per: period, burst: burst).share(of: count)
          #expect(rule.interval > 0 && rule.capacity > 0 && rule.room >= rule.interval)
          for moment in [Int64.min, 0, Int64.max] {
            var tat = Instant(nanoseconds: ~moment)
            _ = rule.take(&tat, at: Instant(nanoseconds: moment))
            _ = rule.standing(debt: moment)
          }
        }
      }
    }
  }

  @Test(arguments: [1, 7, 100, 999, 1_000_000]) func roundingIsNeverGenerous(limit: Int) {
    let rule = GCRA(limit: limit, per: .seconds(1))
    #expect(rule.interval * Int64(limit) >= 1_000_000_000)
    #expect(rule.interval % 125 == 0 && rule.interval <= 1_000_000_000 / Int64(limit) + 126)
  }
}
