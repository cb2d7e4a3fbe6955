import Clients
import Metrics

/// What counts the sections of one answer when it has been given again: found once, so that it is only added to.
package struct AnswerTally: Sendable {
  private let counters: [Counter]
  /// With the age of the data when the answer was made, nanoseconds.
  private let ages: [(timer: BucketedTimer, age: Int64)]

  /// - Parameter sections: none of them missing.
  package init(_ sections: [SectionReport]) {
    self.init(
      counters: sections.flatMap { $0.place.instruments.counters($0.state, $0.cache?.course) },
      // Milliseconds of a hundred years: no product overflows.
      ages: sections.map { ($0.place.instruments.age, min(max($0.cache?.age ?? 0, 0), 3_200_000_000_000) * 1_000_000) })
  }

  init(counters: [Counter], ages: [(timer: BucketedTimer, age: Int64)]) { (self.counters, self.ages) = (counters, ages) }

  /// How much later than the answer was made the age of each section is still counted where it is `later`; all nanoseconds.
  package func bound(of later: Int64) -> Int64 { ages.map { $0.timer.bound(of: $0.age + later) - $0.age }.min() ?? .max }

  /// The answer was given so many times.
  ///
  /// - Parameters:
  ///   - later: nanoseconds from when it was made to one of those times; the ages of all are counted alike (``bound(of:)``).
  ///   - sum: of those of all times, in seconds.
  package func counted(_ count: Int, like later: Int64, sum: Double) {
    for counter in counters { counter.increment(by: count) }
    for place in ages.indices {
      let age = ages[place].age
      ages[place].timer.add(count, like: age + later, sum: Double(age) / 1e9 * Double(count) + sum)
    }
  }
}
