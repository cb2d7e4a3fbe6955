import Resilience
import TestSupport

/// Odd values among ordinary ones.
extension SeededGenerator {
  /// Mostly small steps; with `isOdd` also steps back, and the ends of time.
  mutating func moment(after now: Instant, isOdd: Bool) -> Instant {
    switch isOdd ? draw(0..<40) : draw(0..<30) {
    case 0..<20: now + .microseconds(draw(0..<20_000))
    case 20..<29: now + .milliseconds(draw(0..<500))
    case 29: now + .milliseconds(draw(0..<20_000))
    case 30..<36: now + .milliseconds(-draw(0..<20_000))
    case 36: Instant(nanoseconds: .min)
    case 37: Instant(nanoseconds: .max)
    case 38: Instant(nanoseconds: -draw(0..<1_000_000_000).int64)
    default: Instant(nanoseconds: Int64(truncatingIfNeeded: next()))
    }
  }

  /// Lengths that no clock would measure, among ordinary ones.
  mutating func oddDuration() -> Duration {
    switch draw(0..<8) {
    case 0: .zero
    case 1: .seconds(Int64.max) * 10
    case 2: .seconds(Int64.min) * 10
    case 3: .nanoseconds(draw(-3..<4))
    default: .microseconds(draw(0..<200_000))
    }
  }

  mutating func oddCount() -> Int {
    switch draw(0..<8) {
    case 0: 0
    case 1: .max
    case 2: .min
    case 3: -1
    default: draw(0..<50)
    }
  }

  mutating func oddDouble() -> Double {
    switch draw(0..<10) {
    case 0: 0
    case 1: .nan
    case 2: .infinity
    case 3: -.infinity
    case 4: -1
    case 5: 1e300
    case 6: .leastNonzeroMagnitude
    default: chance() * 2
    }
  }
}

extension Int {
  var int64: Int64 { Int64(self) }
}

/// Seconds after a start that is not zero, so that nothing depends on it.
func second(_ seconds: Double) -> Instant { Instant(nanoseconds: 7_777_777_777_777) + .nanoseconds(Int64(seconds * 1e9)) }
