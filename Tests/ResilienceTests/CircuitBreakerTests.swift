import Resilience
import Testing
import TestSupport

@Suite struct CircuitBreakerTests {
  /// Opens for exactly five seconds unless chance says otherwise.
  private func opened(_ configuration: CircuitBreaker.Configuration = .init(), at: Instant = second(0)) -> CircuitBreaker {
    var breaker = CircuitBreaker(configuration)
    for _ in 0..<20 { breaker.failed(at: at, chance: 0.5) }
    return breaker
  }

  private func halfOpen() -> (breaker: CircuitBreaker, generation: Int) {
    var breaker = opened()
    guard case .probe(let generation) = breaker.admit(at: second(5)) else {
      Issue.record("no probe after the open time")
      return (breaker, 0)
    }
    return (breaker, generation)
  }

  /// The number of failures after which it opens, with `successes` before them.
  private func failuresUntilOpen(after successes: Int, _ configuration: CircuitBreaker.Configuration) -> Int? {
    var breaker = CircuitBreaker(configuration)
    breaker.succeeded(successes, at: second(0))
    return (1...5000).first { _ in
      breaker.failed(at: second(0.1), chance: 0.5)
      return breaker.state != .closed
    }
  }

  @Test(arguments: [(0, 20), (1000, 20), (100_000, 20)])
  func twentyFailuresInARowOpen(successes: Int, failures: Int) {
    #expect(failuresUntilOpen(after: successes, .init()) == failures)
  }

  /// Without the rule for failures in a row: half of many calls, more than half of few.
  @Test(arguments: [(0, 20), (5, 15), (10, 19), (19, 26), (40, 41), (190, 190), (990, 990)])
  func theRatioOpensUnlessItMayBeAnAccident(successes: Int, failures: Int) {
    #expect(failuresUntilOpen(after: successes, .init(consecutiveFailures: .max)) == failures)
  }

  @Test(arguments: [
    (0.0, 10, 0, 10), (0.0, 10, 100, 1), (0.3, 20, 0, 20), (0.3, 20, 60, 32), (0.8, 20, 0, 20), (0.8, 20, 10, 40),
    (1.0, 20, 0, 20), (0.5, 1, 0, 1), (0.5, 0, 0, 1), (0.5, -5, 0, 1), (.nan, 10, 0, 10),
  ])
  func theRatioAndTheMinimumAreWhatWasConfigured(ratio: Double, minimum: Int, successes: Int, failures: Int) {
    let configuration = CircuitBreaker.Configuration(failureRatio: ratio, minimumCalls: minimum, consecutiveFailures: .max)
    #expect(failuresUntilOpen(after: successes, configuration) == failures)
  }

  @Test(arguments: [(5, 5), (1, 1), (0, 1), (-1, 1)]) func theFailuresInARowAreWhatWasConfigured(limit: Int, failures: Int) {
    #expect(failuresUntilOpen(after: 100, .init(consecutiveFailures: limit)) == failures)
  }

  @Test func aRestartDoesNotOpenIt() {
    var breaker = CircuitBreaker(.init())
    for number in 0..<1000 { breaker.failed(mayBeRestart: true, at: second(Double(number) * 0.000_249), chance: 0.5) }
    #expect(breaker.state == .closed, "a quarter of a second of refused connections")
    breaker.failed(mayBeRestart: true, at: second(0.25), chance: 0.5)
    #expect(breaker.state != .closed, "no restart takes that long")
  }

  @Test func whatIsNoRestartCountsAtOnce() {
    var breaker = CircuitBreaker(.init())
    for _ in 0..<19 { breaker.failed(mayBeRestart: true, at: second(0), chance: 0.5) }
    breaker.failed(at: second(0), chance: 0.5)
    #expect(breaker.state != .closed)
  }

  @Test func aRestartThatIsOverIsForgotten() {
    var breaker = CircuitBreaker(.init())
    for _ in 0..<100 { breaker.failed(mayBeRestart: true, at: second(0), chance: 0.5) }
    breaker.succeeded(500, at: second(0.1))
    for _ in 0..<100 { breaker.failed(mayBeRestart: true, at: second(3), chance: 0.5) }
    #expect(breaker.state == .closed)
  }

  @Test func failuresLeaveTheWindowWithTime() {
    var breaker = CircuitBreaker(.init(consecutiveFailures: .max))
    for number in 0..<100 { breaker.failed(at: second(Double(number)), chance: 0.5) }
    #expect(breaker.state == .closed)
  }

  @Test func aSuccessEndsTheRow() {
    var breaker = CircuitBreaker(.init(minimumCalls: .max))
    for _ in 0..<100 {
      for _ in 0..<19 { breaker.failed(at: second(0), chance: 0.5) }
      breaker.succeeded(at: second(0))
    }
    #expect(breaker.state == .closed)
  }

  @Test(arguments: [(0.0, 4.0), (0.5, 5.0), (1.0, 6.0), (-7.0, 4.0), (7.0, 6.0), (.nan, 4.0)])
  func openLastsTheConfiguredTimeWithJitter(chance: Double, seconds: Double) {
    var breaker = CircuitBreaker(.init(consecutiveFailures: 1))
    breaker.failed(at: second(1), chance: chance)
    #expect(breaker.state == .open(until: second(1 + seconds)))
    var early = breaker.admit(at: second(1 + seconds) + .nanoseconds(-1))
    #expect(early == .refused)
    early = breaker.admit(at: second(1 + seconds))
    #expect(early == .probe(generation: 1))
    #expect(breaker.state == .halfOpen)
  }

  @Test func whatComesInLateChangesNothingWhileOpen() {
    var breaker = opened()
    let before = breaker.state
    for _ in 0..<100 { breaker.failed(at: second(3), chance: 1) }
    breaker.succeeded(100, at: second(3))
    #expect(breaker.state == before)
  }

  @Test func whatComesInLateChangesNothingWhileHalfOpen() {
    var (breaker, generation) = halfOpen()
    for _ in 0..<100 { breaker.failed(at: second(5.1), chance: 1) }
    breaker.succeeded(100, at: second(5.1))
    #expect(breaker.state == .halfOpen)
    breaker.probeSucceeded(generation: generation, at: second(5.2))
    #expect(breaker.state == .halfOpen)
  }

  @Test func probesAreAsManyAsConfigured() {
    var (breaker, generation) = halfOpen()
    for _ in 0..<4 {
      let admission = breaker.admit(at: second(5))
      #expect(admission == .probe(generation: generation))
    }
    let sixth = breaker.admit(at: second(5))
    #expect(sixth == .refused)
  }

  @Test func enoughSuccessesCloseWithAnEmptyWindow() {
    var (breaker, generation) = halfOpen()
    breaker.probeSucceeded(generation: generation, at: second(5.1))
    for _ in 0..<4 {
      #expect(breaker.state == .halfOpen)
      let admission = breaker.admit(at: second(5.1))
      #expect(admission == .probe(generation: generation))
      breaker.probeSucceeded(generation: generation, at: second(5.2))
    }
    #expect(breaker.state == .closed)
    let admission = breaker.admit(at: second(5.2))
    #expect(admission == .admitted)
    for _ in 0..<19 { breaker.failed(at: second(5.2), chance: 0.5) }
    #expect(breaker.state == .closed)
    breaker.failed(at: second(5.2), chance: 0.5)
    #expect(breaker.state == .open(until: second(10.2)))
  }

  @Test func oneFailedProbeOpensAgain() {
    var (breaker, generation) = halfOpen()
    breaker.probeSucceeded(generation: generation, at: second(5.1))
    _ = breaker.admit(at: second(5.1))
    breaker.probeFailed(generation: generation, at: second(5.5), chance: 0.5)
    #expect(breaker.state == .open(until: second(10.5)))
  }

  @Test func anAbandonedProbeGivesItsPlaceBack() {
    var (breaker, generation) = halfOpen()
    for _ in 0..<1000 {
      breaker.probeAbandoned(generation: generation, at: second(5.1))
      #expect(breaker.state == .halfOpen)
      let admission = breaker.admit(at: second(5.1))
      #expect(admission == .probe(generation: generation))
    }
  }

  @Test func aProbeOfAnEarlierHalfOpenPeriodDoesNotCount() {
    var (breaker, first) = halfOpen()
    for _ in 0..<4 { _ = breaker.admit(at: second(5)) }
    breaker.probeFailed(generation: first, at: second(5.1), chance: 0.5)
    let admission = breaker.admit(at: second(20))
    #expect(admission == .probe(generation: first + 1))
    for _ in 0..<4 { breaker.probeSucceeded(generation: first, at: second(20)) }
    breaker.probeFailed(generation: first, at: second(20), chance: 0.5)
    breaker.probeAbandoned(generation: first, at: second(20))
    #expect(breaker.state == .halfOpen)
    for _ in 0..<4 { _ = breaker.admit(at: second(20)) }
    let sixth = breaker.admit(at: second(20))
    #expect(sixth == .refused)
  }

  @Test func aCrowdOfOldTimeoutsDoesNotOpenAHealedBreaker() {
    var (breaker, generation) = halfOpen()
    for number in 0..<5 {
      if number > 0 { _ = breaker.admit(at: second(5)) }
      breaker.probeSucceeded(generation: generation, at: second(5.1))
    }
    for _ in 0..<100 { breaker.failed(admittedAt: second(-0.5), at: second(9), chance: 0.5) }
    #expect(breaker.state == .closed)
    for _ in 0..<20 { breaker.failed(admittedAt: second(5.1), at: second(9), chance: 0.5) }
    #expect(breaker.state != .closed)
  }

  /// Any order of events: what the state may become after each, and how many probes are under way.
  @Test(arguments: 0..<300) func noOrderOfEventsBreaksTheRules(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let isOdd = seed % 2 == 1
    let probes = random.draw(1..<7)
    var breaker = CircuitBreaker(
      .init(
        window: isOdd ? random.oddDuration() : .seconds(10), failureRatio: isOdd ? random.oddDouble() : 0.5,
        minimumCalls: isOdd ? random.oddCount() : 20, consecutiveFailures: isOdd ? random.oddCount() : 20,
        openFor: isOdd ? random.oddDuration() : .seconds(5), jitter: isOdd ? random.oddDouble() : 0.2, probes: probes))
    var now = second(0)
    var underWay: [Int] = []
    var generation = 0
    var successes = 0
    for _ in 0..<600 {
      now = random.moment(after: now, isOdd: isOdd)
      let before = breaker.state
      switch random.draw(0..<10) {
      case 0..<4:
        let admission = breaker.admit(at: now)
        switch (before, admission) {
        case (.closed, .admitted): #expect(breaker.state == .closed)
        case (.open(let until), .refused): #expect(now < until && breaker.state == before)
        case (.open(let until), .probe(let new)):
          #expect(now >= until && new != generation && breaker.state == .halfOpen)
          (generation, successes) = (new, 0)
          underWay.append(new)
        case (.halfOpen, .probe(let same)):
          #expect(same == generation && breaker.state == .halfOpen)
          underWay.append(same)
        case (.halfOpen, .refused): #expect(breaker.state == .halfOpen)
        default: Issue.record("\(before) answered \(admission)")
        }
        #expect(underWay.count { $0 == generation } + successes <= probes || breaker.state != .halfOpen)
      case 4:
        breaker.succeeded(random.oddCount(), at: now)
        #expect(breaker.state == before)
      case 5, 6:
        breaker.failed(at: now, chance: random.oddDouble())
        if before != .closed { #expect(breaker.state == before) }
        #expect(breaker.state != .halfOpen || before == .halfOpen)
      default:
        guard !underWay.isEmpty else { continue }
        let ended = underWay.remove(at: random.draw(0..<underWay.count))
        let counts = ended == generation && before == .halfOpen
        switch random.draw(0..<6) {
        case 0:
          breaker.probeAbandoned(generation: ended, at: now)
          #expect(breaker.state == before)
        case 1:
          breaker.probeFailed(generation: ended, at: now, chance: random.oddDouble())
          if case .open = breaker.state { #expect(counts || breaker.state == before) } else { #expect(!counts) }
        default:
          breaker.probeSucceeded(generation: ended, at: now)
          successes += counts ? 1 : 0
          #expect(breaker.state == (counts && successes >= probes ? .closed : before))
        }
      }
    }
  }
}
