import Resilience
import Testing
import TestSupport

@Suite struct GradientLimitTests {
  /// Windows of fifty calls with the same latency, a tenth of a second each.
  private func feed(
    _ limit: inout GradientLimit, windows: Int, from start: Double, milliseconds: Int, inFlight: Int? = nil, dropped: Int = 0
  ) {
    for window in 0..<windows {
      for call in 0..<50 {
        limit.sampled(
          latency: .milliseconds(milliseconds), inFlight: inFlight ?? limit.limit, wasDropped: call < dropped,
          at: second(start + Double(window) * 0.101 + Double(call) * 0.00202))
      }
    }
  }

  @Test(arguments: [
    (20, 4, 1000, 20), (2, 4, 1000, 4), (5000, 4, 1000, 1000), (0, 0, 0, 1), (-5, -5, -5, 1), (20, 50, 10, 50),
    (.max, .max, .max, 1 << 40), (7, 1, 1000, 7),
  ])
  func theLimitBeginsAsConfigured(initial: Int, minimum: Int, maximum: Int, limit: Int) {
    #expect(GradientLimit(.init(initial: initial, minimum: minimum, maximum: maximum)).limit == limit)
  }

  @Test func aLimitThatIsUsedGrowsWhileLatencyStays() {
    var limit = GradientLimit(.init())
    feed(&limit, windows: 20, from: 0, milliseconds: 10)
    #expect(limit.limit >= 35)
    feed(&limit, windows: 2000, from: 10, milliseconds: 10)
    #expect(limit.limit == 1000)
  }

  @Test func aLimitThatIsNotUsedStays() {
    var limit = GradientLimit(.init())
    feed(&limit, windows: 50, from: 0, milliseconds: 10, inFlight: 5)
    #expect(limit.limit == 20)
    feed(&limit, windows: 50, from: 10, milliseconds: 100, inFlight: 5)
    #expect(limit.limit == 20)
  }

  @Test func aRiseWithinTheToleranceIsNoReasonToShrink() {
    var limit = GradientLimit(.init(initial: 100))
    feed(&limit, windows: 3, from: 0, milliseconds: 10)
    let before = limit.limit
    feed(&limit, windows: 5, from: 1, milliseconds: 14)
    #expect(limit.limit > before)
  }

  @Test func aHighLatencyShrinksIt() {
    var limit = GradientLimit(.init(initial: 100))
    feed(&limit, windows: 3, from: 0, milliseconds: 10)
    feed(&limit, windows: 5, from: 0.4, milliseconds: 60)
    #expect(limit.limit < 85)
  }

  @Test func dropsShrinkItAlsoWhenItIsNotUsed() {
    var limit = GradientLimit(.init(initial: 1000))
    feed(&limit, windows: 100, from: 0, milliseconds: 10, inFlight: 30, dropped: 50)
    #expect(limit.limit < 60)
  }

  @Test func aFewDropsAreNoReasonToShrink() {
    var limit = GradientLimit(.init())
    feed(&limit, windows: 50, from: 0, milliseconds: 10, dropped: 1)
    #expect(limit.limit > 40)
  }

  @Test(arguments: 0..<200) func noOrderOfEventsLeavesTheBounds(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let isOdd = seed % 2 == 1
    let (minimum, maximum) = (random.draw(1..<20), random.draw(20..<500))
    var limit = GradientLimit(
      .init(
        initial: random.oddCount(), minimum: minimum, maximum: maximum, tolerance: isOdd ? random.oddDouble() : 1.5,
        window: isOdd ? random.oddDuration() : .milliseconds(100), windowSamples: isOdd ? min(random.oddCount(), 20) : 20,
        smoothing: isOdd ? random.oddDouble() : 0.2, probeEvery: isOdd ? random.oddDuration() : .seconds(5)))
    var now = second(0)
    for _ in 0..<2000 {
      now = random.moment(after: now, isOdd: isOdd)
      limit.sampled(
        latency: random.oddDuration(), inFlight: isOdd ? random.oddCount() : limit.limit, wasDropped: random.isTrue(0.1), at: now)
      #expect(limit.limit >= minimum && limit.limit <= maximum)
    }
  }
}
