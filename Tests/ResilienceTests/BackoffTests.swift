import Resilience
import Testing

@Suite struct BackoffTests {
  let backoff = Backoff(base: .milliseconds(100), maximum: .seconds(2))

  @Test(arguments: [(2, 100), (3, 200), (4, 400), (5, 800), (6, 1600), (7, 2000), (8, 2000), (1000, 2000), (Int.max, 2000)])
  func theCeilingDoublesUpToTheMaximum(attempt: Int, milliseconds: Int) {
    #expect(backoff.delay(beforeAttempt: attempt, chance: 1) == .milliseconds(milliseconds))
  }

  @Test func theJitterIsFull() {
    #expect(backoff.delay(beforeAttempt: 4, chance: 0) == .zero)
    #expect(backoff.delay(beforeAttempt: 4, chance: 0.5) == .milliseconds(200))
  }

  @Test(arguments: [Int.min, -1, 0, 1]) func oddAttemptNumbersDoNotTrap(attempt: Int) {
    #expect(backoff.delay(beforeAttempt: attempt, chance: 1) == .milliseconds(100))
  }
}
