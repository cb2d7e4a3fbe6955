import Resilience
import Testing
import TestSupport

@Suite struct RetryBudgetTests {
  /// How many withdrawals in a row are granted.
  private func drain(_ budget: inout RetryBudget, at: Instant, atMost most: Int = 10_000) -> Int {
    var count = 0
    while count < most, budget.withdraw(at: at) { count += 1 }
    return count
  }

  @Test func aQuietClientHasASecondsFloor() {
    var budget = RetryBudget(RetryBudget.Configuration())
    #expect(drain(&budget, at: second(0)) == 10)
    #expect(drain(&budget, at: second(0.05)) == 0)
    #expect(drain(&budget, at: second(0.1)) == 1)
    #expect(drain(&budget, at: second(0.5)) == 4)
    #expect(drain(&budget, at: second(60)) == 10)
  }

  @Test(arguments: [(0.0, 0), (0.1, 10), (0.2, 20), (0.05, 5), (1.0, 100), (2.0, 200), (0.009, 0), (-1.0, 0), (.nan, 0)])
  func callsEarnTheirShare(ratio: Double, retries: Int) {
    var budget = RetryBudget(RetryBudget.Configuration(ratio: ratio, floorPerSecond: 0))
    budget.called(100, at: second(0))
    #expect(drain(&budget, at: second(0.5)) == retries)
    #expect(drain(&budget, at: second(5)) == 0)
  }

  @Test(arguments: [(0.0, 0), (-1.0, 0), (.nan, 0), (0.1, 1), (1.0, 1), (3.0, 3), (100.0, 100)])
  func theFloorIsWhatWasConfigured(perSecond: Double, retries: Int) {
    var budget = RetryBudget(RetryBudget.Configuration(ratio: 0, floorPerSecond: perSecond))
    #expect(drain(&budget, at: second(0)) == retries)
    #expect(drain(&budget, at: second(100)) == retries)
  }

  @Test func whatCallsEarnIsForgottenAfterTheWindow() {
    var budget = RetryBudget(RetryBudget.Configuration(floorPerSecond: 0))
    budget.called(1000, at: second(0))
    var later = budget
    #expect(drain(&later, at: second(8.9)) == 200)
    later = budget
    #expect(drain(&later, at: second(10.1)) == 0)
  }

  @Test func aRetryIsRememberedAtLeastAsLongAsTheCallsThatPaidForIt() {
    var budget = RetryBudget(RetryBudget.Configuration(floorPerSecond: 0))
    budget.called(100, at: second(0))
    #expect(drain(&budget, at: second(8)) == 20)
    budget.called(100, at: second(8.5))
    #expect(drain(&budget, at: second(9)) == 20)
    #expect(drain(&budget, at: second(12)) == 0)
  }

  @Test func withEveryTryFailingTheExtraCallsStayWithinAFifthAndTenASecond() {
    for (callsPerSecond, seconds) in [(1, 120), (10, 60), (100, 60), (1000, 20)] {
      var budget = RetryBudget(RetryBudget.Configuration())
      var extra = 0
      for call in 0..<callsPerSecond * seconds {
        let now = second(Double(call) / Double(callsPerSecond))
        budget.called(at: now)
        // Every try fails at once, and asks for another, three times at most.
        for _ in 0..<3 where budget.withdraw(at: now) { extra += 1 }
      }
      let (calls, length) = (Double(callsPerSecond * seconds), Double(seconds))
      #expect(Double(extra) <= 0.2 * calls + 10 * length + 10)
      // Nor is it stingy: what is promised can be had, where so much is asked for.
      #expect(Double(extra) >= min(3 * calls, 0.2 * calls + 10 * length) * 0.95)
    }
  }

  @Test(arguments: 0..<20) func overEverySpanOfTimeTheWithdrawalsStayWithinTheBudget(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let (ratio, floor) = (random.chance(), Double(random.draw(0..<20)))
    var budget = RetryBudget(RetryBudget.Configuration(ratio: ratio, floorPerSecond: floor, window: .seconds(10)))
    var now = second(0)
    var calls: [Instant] = []
    var withdrawals: [Instant] = []
    for _ in 0..<600 {
      now = random.moment(after: now, isOdd: false)
      let count = random.draw(0..<5)
      budget.called(count, at: now)
      calls += Array(repeating: now, count: count)
      for _ in 0..<random.draw(0..<4) where budget.withdraw(at: now) { withdrawals.append(now) }
    }
    var worst = -Double.infinity
    for first in stride(from: 0, to: withdrawals.count, by: 7) {
      var earning = calls.count { $0 > withdrawals[first] + .seconds(-10) && $0 <= withdrawals[first] }
      var next = calls.firstIndex { $0 > withdrawals[first] } ?? calls.count
      for last in first..<withdrawals.count {
        while next < calls.count, calls[next] <= withdrawals[last] { (earning, next) = (earning + 1, next + 1) }
        let seconds = (withdrawals[last] - withdrawals[first]) / .seconds(1)
        worst = max(worst, Double(last - first + 1) - (ratio * Double(earning) + floor * (seconds + 1)))
      }
    }
    #expect(withdrawals.count > 20)
    // A thousandth for what Double loses.
    #expect(worst <= max(1 - floor, 0) + 0.001)
  }

  @Test(arguments: 0..<200) func oddNumbersAndTimesDoNotTrap(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var budget = RetryBudget(
      RetryBudget.Configuration(ratio: random.oddDouble(), floorPerSecond: random.oddDouble(), window: random.oddDuration()))
    var now = second(0)
    for _ in 0..<500 {
      now = random.moment(after: now, isOdd: true)
      budget.called(random.oddCount(), at: now)
      _ = budget.withdraw(at: now)
    }
  }

  @Test func timeThatGoesBackGivesNothing() {
    var budget = RetryBudget(RetryBudget.Configuration(ratio: 0))
    #expect(drain(&budget, at: second(100)) == 10)
    #expect(drain(&budget, at: second(0)) == 0)
    #expect(drain(&budget, at: second(100)) == 0)
    #expect(drain(&budget, at: second(100.2)) == 2)
  }
}
