import Testing
import TestSupport

@testable import Aggregation

@Suite struct RoundingTests {
  /// What Python's `round(x, 2)` gives.
  @Test(arguments: [
    (2.675, 2.67), (0.125, 0.12), (0.375, 0.38), (1.005, 1.0), (0.625, 0.62), (0.875, 0.88), (2.5, 2.5), (0.005, 0.01),
    (0.015, 0.01),
    (0.025, 0.03), (0.995, 0.99), (1.115, 1.11), (33.333333333333336, 33.33), (66.66666666666667, 66.67), (99.995, 100.0),
    (123456789.125, 123456789.12), (0.004999999, 0.0), (0.1, 0.1), (7, 7), (-2.675, -2.67), (-0.125, -0.12), (-0.375, -0.38),
    (4503599627370495.5, 4503599627370495.5), (9_007_199_254_740_992, 9_007_199_254_740_992), (1e300, 1e300),
    (.leastNonzeroMagnitude, 0),
  ])
  func halfGoesToEvenOnTheDouble(_ value: Double, _ rounded: Double) {
    #expect(Rounding.toCents(value) == rounded)
  }

  @Test(arguments: [-0.0, -0.001, -Double.leastNonzeroMagnitude, 0.0, 0.001])
  func zeroHasNoSign(_ value: Double) {
    #expect(Rounding.toCents(value).sign == .plus && Rounding.toCents(value) == 0)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func whatIsNotFiniteIsZero(_ value: Double) {
    #expect(Rounding.toCents(value) == 0)
  }

  @Test func theReferenceAgreesOnManyDoubles() {
    var random = SeededGenerator(seed: 20)
    for _ in 0..<20_000 {
      let value = Double(random.draw(-2_000_000..<2_000_000)) / [1000, 999, 7, 1024, 1e9][random.draw(0..<5)]
      #expect(Rounding.toCents(value) == ReferenceRounding.toCents(value), "\(value)")
    }
  }

  @Test func finiteKeepsTheSign() {
    #expect(Rounding.finite(.infinity) == .greatestFiniteMagnitude && Rounding.finite(-.infinity) == -.greatestFiniteMagnitude)
    #expect(Rounding.finite(.nan) == 0 && Rounding.finite(1.5) == 1.5)
  }

  @Test func integersSaturate() {
    #expect(Int64.max.addingSaturating(1) == .max && Int64.min.addingSaturating(-1) == .min)
    #expect(Int64.max.addingSaturating(.min) == -1 && Int64(2).addingSaturating(-5) == -3)
  }
}

@Suite struct LeadersTests {
  private func leaders(_ scores: [Double]) -> [Int] {
    var leaders = Leaders<Int>()
    for (position, score) in scores.enumerated() { leaders.consider(score: score, position) }
    return leaders.elements.map(\.element)
  }

  @Test func theGreatestFiveStandGreatestFirst() {
    #expect(leaders([1, 6, 2, 5, 3, 4]) == [1, 3, 5, 4, 2])
    #expect(leaders([]) == [] && leaders([-1]) == [0])
    #expect(leaders([-3, -1, -2]) == [1, 2, 0])
  }

  @Test func equalsStandInTheOrderTheyCame() {
    #expect(leaders([1, 1, 1, 1, 1, 1, 1]) == [0, 1, 2, 3, 4])
    #expect(leaders([1, 2, 1, 2, 1, 2, 1]) == [1, 3, 5, 0, 2])
    #expect(leaders([0.0, -0.0]) == [0, 1])
  }

  @Test func theyAreTheFirstFiveOfAStableSort() {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<500 {
      let scores = (0..<random.draw(0..<30)).map { _ in Double(random.draw(0..<6)) }
      let sorted = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }
      #expect(leaders(scores) == Array(sorted.prefix(5)))
    }
  }
}

@Suite struct CivilTimeTests {
  private func day(_ text: String) -> Int? {
    let bytes: [UInt8] = Array(text.utf8)
    return bytes.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) in CivilTime.day(bytes).map { Int($0) } }
  }

  private func second(_ text: String) -> Int? {
    let bytes: [UInt8] = Array(text.utf8)
    return bytes.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) in CivilTime.secondOfDay(bytes).map { Int($0) } }
  }

  @Test func daysOrderAsTheirTexts() throws {
    let texts = ["1999-12-31", "2000-01-01", "2024-02-28", "2024-02-29", "2024-03-01", "2025-09-30", "2025-10-01", "9999-12-31"]
    let days = try texts.map { try #require(day($0)) }
    #expect(days == days.sorted() && Set(days).count == days.count)
  }

  @Test func everyMonthHasItsDays() {
    for (month, days) in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
      let prefix = month < 9 ? "2025-0\(month + 1)-" : "2025-\(month + 1)-"
      #expect(day(prefix + String(days)) != nil && day(prefix + String(days + 1)) == nil)
    }
  }

  @Test func hoursAreSecondsSinceMidnight() {
    #expect(second("00:00:00") == 0 && second("01:02:03") == 3723 && second("23:59:59") == 86_399)
    for text in ["24:00:00", "10:60:00", "10:00:60", "N/A", "", "1:00:00", "10:00", "10-00-00", "10:00:0x", "10:00:00Z"] {
      #expect(second(text) == nil, "\(text)")
    }
  }
}
