package import Clients
package import Resilience
import Synchronization

/// How documents came by one section, counted since its configuration came into use. Every loop writes it, without a lock.
package final class SectionTally: Sendable {
  /// What has been counted so far.
  package struct Counts: Sendable, Equatable {
    /// From this process's memory, still fresh.
    package var memory = 0
    /// From the level that replicas share.
    package var shared = 0
    /// Asked of the upstream.
    package var fetched = 0
    /// Asked of the upstream for another request, with which this one waited.
    package var joined = 0
    /// Past its time, from the cache.
    package var stale = 0
    package var missing = 0

    package init() {}
  }

  /// What the last document had.
  package struct Last: Sendable, Equatable {
    package let state: SectionState
    /// Nil where nothing was there.
    package let fetchedAt: Timestamp?
    package let failure: CallFailure.Reason?
  }

  package let place: SectionPlace
  private let memory = Atomic<Int>(0)
  private let shared = Atomic<Int>(0)
  private let fetched = Atomic<Int>(0)
  private let joined = Atomic<Int>(0)
  private let stale = Atomic<Int>(0)
  private let missing = Atomic<Int>(0)
  /// Milliseconds; 0 for nothing.
  private let fetchedAt = Atomic<Int64>(0)
  /// The place of the state among ``states``; −1 before the first document.
  private let state = Atomic<Int>(-1)
  /// The place of the failure among all reasons; −1 for none.
  private let failure = Atomic<Int>(-1)

  private static let states: [SectionState] = [.fresh, .cached, .stale, .missing]

  package init(_ place: SectionPlace) { self.place = place }

  package func count(_ outcome: SectionOutcome) {
    switch outcome.result {
    case .missing: missing.add(1, ordering: .relaxed)
    case .stale: stale.add(1, ordering: .relaxed)
    case .fresh, .cached:
      switch outcome.cache?.course {
      case .hit: memory.add(1, ordering: .relaxed)
      case .sharedHit: shared.add(1, ordering: .relaxed)
      case .collapsed: joined.add(1, ordering: .relaxed)
      case .miss, .stale, .staleOnError, nil: fetched.add(1, ordering: .relaxed)
      }
    }
    state.store(Self.states.firstIndex(of: outcome.state) ?? -1, ordering: .relaxed)
    fetchedAt.store(outcome.section?.fetchedAt.milliseconds ?? 0, ordering: .relaxed)
    let reason = outcome.failure.flatMap { CallFailure.Reason.allCases.firstIndex(of: $0.reason) } ?? -1
    failure.store(reason, ordering: .relaxed)
  }

  package var counts: Counts {
    var counts = Counts()
    counts.memory = memory.load(ordering: .relaxed)
    counts.shared = shared.load(ordering: .relaxed)
    counts.fetched = fetched.load(ordering: .relaxed)
    counts.joined = joined.load(ordering: .relaxed)
    counts.stale = stale.load(ordering: .relaxed)
    counts.missing = missing.load(ordering: .relaxed)
    return counts
  }

  /// Nil before the first document. Two documents at once may give parts of each.
  package var last: Last? {
    let (state, failure) = (state.load(ordering: .relaxed), failure.load(ordering: .relaxed))
    let milliseconds = fetchedAt.load(ordering: .relaxed)
    guard Self.states.indices.contains(state) else { return nil }
    return Last(
      state: Self.states[state], fetchedAt: milliseconds == 0 ? nil : Timestamp(milliseconds: milliseconds),
      failure: CallFailure.Reason.allCases.indices.contains(failure) ? CallFailure.Reason.allCases[failure] : nil)
  }
}

/// The tallies of a document's sections, and how often the same document was given again without asking for any of them.
package final class DocumentTally: Sendable {
  package let sections: [SectionTally]
  private let again = Atomic<Int>(0)

  init(_ sections: [SectionTally]) { self.sections = sections }

  /// Of all sections, or of those that were asked for.
  func count(_ outcomes: [SectionOutcome]) {
    if outcomes.count == sections.count {
      for (tally, outcome) in zip(sections, outcomes) { tally.count(outcome) }
    } else {
      for outcome in outcomes { sections.first { $0.place.section == outcome.place.section }?.count(outcome) }
    }
  }

  /// The answer was given again so many times: each of its sections from memory.
  package func countAgain(_ times: Int) { again.add(times, ordering: .relaxed) }

  package var givenAgain: Int { again.load(ordering: .relaxed) }
}
