import Metrics

/// What counts the sections of one answer each time that it is given again: found once, so that a hit only adds.
package struct AnswerTally: Sendable {
  private let counters: [Counter]
  /// With the age of the data when the answer was made, nanoseconds.
  private let ages: [(timer: Timer, age: Int64)]

  /// - Parameter sections: none of them missing.
  package init(_ sections: [SectionReport]) {
    counters = sections.flatMap { $0.place.instruments.counters($0.state, $0.cache?.course) }
    // Milliseconds of a hundred years: no product overflows.
    ages = sections.map { ($0.place.instruments.age, min(max($0.cache?.age ?? 0, 0), 3_200_000_000_000) * 1_000_000) }
  }

  /// - Parameter later: nanoseconds since the answer was made.
  package func counted(later: Int64) {
    for counter in counters { counter.increment() }
    for place in ages.indices { ages[place].timer.recordNanoseconds(ages[place].age + later) }
  }
}
