import Resilience
import Testing

@Suite struct InstantTests {
  @Test func sumsAndDifferencesAreExact() {
    let start = Instant(nanoseconds: 1_000)
    #expect(start + .microseconds(2) == Instant(nanoseconds: 3_000))
    #expect(start + .nanoseconds(-1_500) == Instant(nanoseconds: -500))
    #expect(Instant(nanoseconds: 3_000) - start == .microseconds(2))
    #expect(start - Instant(nanoseconds: 3_000) == .microseconds(-2))
    #expect(start < Instant(nanoseconds: 1_001))
    #expect(!(start < start))
  }

  @Test func whatDoesNotFitSaturates() {
    let (first, last) = (Instant(nanoseconds: .min), Instant(nanoseconds: .max))
    #expect(last + .nanoseconds(1) == last)
    #expect(first + .nanoseconds(-1) == first)
    #expect(Instant(nanoseconds: 0) + .seconds(Int64.max) == last)
    #expect(Instant(nanoseconds: 0) + .seconds(Int64.min) == first)
    #expect(last - first == .nanoseconds(Int64.max))
    #expect(first - last == .nanoseconds(Int64.min))
  }

  @Test(arguments: [
    (Duration.zero, Int64(0)), (.nanoseconds(1), 1), (.nanoseconds(-1), -1), (.seconds(18), 18_000_000_000),
    (.seconds(19), 19_000_000_000), (.seconds(-400), -400_000_000_000), (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
    (.seconds(Int64.max) * 10, .max), (.nanoseconds(Int64.max), .max), (.nanoseconds(1) / 2, 0), (.nanoseconds(-1) / 2, 0),
  ])
  func durationsAreWholeNanosecondsWithinAnInteger(duration: Duration, nanoseconds: Int64) {
    #expect(duration.clampedNanoseconds == nanoseconds)
  }
}
