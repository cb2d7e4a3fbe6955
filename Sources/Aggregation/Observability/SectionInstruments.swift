import Clients
import Metrics

/// What is counted of one section. All metrics are made at the start, each at zero, and labelled with nothing but the section and words from
/// closed lists. The names are explained in docs/metrics.md.
package final class SectionInstruments: Sendable {
  private let states: PerWord<SectionState>
  private let levels: PerWord<Level>
  let age: BucketedTimer
  private let coalesced, refreshes, missing: Counter

  /// Where a section was found.
  private enum Level: String, CaseIterable {
    case memory, redis, none

    var place: Int {
      switch self {
      case .memory: 0
      case .redis: 1
      case .none: 2
      }
    }
  }

  init(section: String, metrics: any MetricsFactory = MetricsSystem.factory) {
    let counter = { (name: String, dimension: (String, String)?) in
      Counter(
        label: "tributary_section_\(name)", dimensions: [("section", section)] + (dimension.map { [$0] } ?? []), factory: metrics)
    }
    states = PerWord { counter("served_total", ("state", $0.rawValue)) }
    levels = PerWord { counter("lookups_total", ("level", $0.rawValue)) }
    age = BucketedTimer(label: "tributary_section_age_seconds", dimensions: [("section", section)], factory: metrics)
    coalesced = counter("coalesced_total", nil)
    refreshes = counter("refreshes_total", nil)
    missing = Counter(label: "tributary_partial_answers_total", dimensions: [("missing", section)], factory: metrics)
  }

  /// The section stands in an answer.
  ///
  /// - Parameters:
  ///   - age: of its data, milliseconds; nil where there is none, or nobody knows.
  ///   - isDocument: whether the answer is a document, and not only a report of what is missing.
  func served(_ state: SectionState, _ course: CacheReport.Course?, age: Int64?, isDocument: Bool) {
    states[state.place].increment()
    levels[Self.level(course).place].increment()
    if course == .collapsed { coalesced.increment() }
    if let age { self.age.record(nanoseconds: min(max(age, 0), 3_200_000_000_000) * 1_000_000) }
    if state == .missing, isDocument { missing.increment() }
  }

  /// What counts it, besides its age.
  func counters(_ state: SectionState, _ course: CacheReport.Course?) -> [Counter] {
    [states[state.place], levels[Self.level(course).place]] + (course == .collapsed ? [coalesced] : [])
  }

  /// It is past its time, was given all the same, and another is being fetched.
  func refreshBegan() { refreshes.increment() }

  private static func level(_ course: CacheReport.Course?) -> Level {
    switch course {
    case .hit, .stale, .staleOnError: .memory
    case .sharedHit: .redis
    case .miss, .collapsed, nil: .none
    }
  }
}

extension SectionReport {
  /// Counts the section as given in an answer.
  package func counted(isDocument: Bool) {
    let age: Int64? = state == .missing ? nil : cache?.age ?? 0
    place.instruments.served(state, cache?.course, age: age, isDocument: isDocument)
  }
}

/// A counter for each word of a closed list: its place there is its place here.
private struct PerWord<Word: CaseIterable & RawRepresentable<String> & Sendable>: Sendable {
  private let counters: [Counter]

  init(_ make: (Word) -> Counter) { counters = Word.allCases.map(make) }

  subscript(place: Int) -> Counter { counters[place] }
}

extension SectionState {
  fileprivate var place: Int {
    switch self {
    case .fresh: 0
    case .cached: 1
    case .stale: 2
    case .missing: 3
    }
  }
}
