import Aggregation
import Clients
import NIOCore
package import Resilience
import Synchronization

/// The requests that an operator asks about, of those that were not answered from memory: the last, the slowest and the most degraded of
/// the last hour, and the last that were partial.
///
/// Bounded: 140 entries at most, of at most ``RequestTimeline/limit`` events each; with the usual twenty or thirty, 400 KB in all.
package final class RequestHistory: Sendable {
  enum Kind: String, CaseIterable {
    case last, slowest, degraded
  }

  private struct State {
    /// Oldest first.
    var last: [RequestEntry] = []
    var partial: [RequestEntry] = []
    /// Worst first.
    var slowest: [RequestEntry] = []
    var degraded: [RequestEntry] = []
  }

  private let state = Mutex(State())
  private static let maxLast = 50
  private static let maxWorst = 20
  private static let hour: Int64 = 3_600_000

  package init() {}

  func add(_ entry: RequestEntry) {
    let degradation = entry.degradation
    state.withLock { state in
      Self.append(entry, to: &state.last)
      let since = Timestamp(milliseconds: entry.at.milliseconds - Self.hour)
      Self.insert(entry, into: &state.slowest, since: since) { $0.took > $1.took }
      guard degradation > 0 else { return }
      Self.append(entry, to: &state.partial)
      Self.insert(entry, into: &state.degraded, since: since) { $0.degradation > $1.degradation }
    }
  }

  /// Those of the kind, the first of them first.
  func entries(_ kind: Kind, at now: Timestamp = .now()) -> [RequestEntry] {
    let since = Timestamp(milliseconds: now.milliseconds - Self.hour)
    return state.withLock { state in
      switch kind {
      case .last: state.last.reversed()
      case .slowest: state.slowest.filter { $0.at >= since }
      case .degraded: state.degraded.filter { $0.at >= since }
      }
    }
  }

  private static func append(_ entry: RequestEntry, to entries: inout [RequestEntry]) {
    if entries.count == maxLast { entries.removeFirst() }
    entries.append(entry)
  }

  private static func insert(
    _ entry: RequestEntry, into entries: inout [RequestEntry], since: Timestamp, _ isWorse: (RequestEntry, RequestEntry) -> Bool
  ) {
    // Most requests are none of the worst: one comparison says so.
    if entries.count == maxWorst, let least = entries.last, least.at >= since, !isWorse(entry, least) { return }
    entries.removeAll { $0.at < since }
    let place = entries.firstIndex { isWorse(entry, $0) } ?? entries.count
    entries.insert(entry, at: place)
    if entries.count > maxWorst { entries.removeLast() }
  }
}

/// An answer that was not complete, and why.
package struct PartialAnswer: Sendable {
  package struct Gap: Sendable {
    package let section: String
    /// The word of `metadata.sections.*.state`.
    package let state: String
    /// Of the failure; nil where the section is merely old.
    package let reason: String?
  }

  package let at: Timestamp
  package let route: String
  package let requestID: String
  package let gaps: [Gap]
}

extension RequestHistory {
  /// The last answers that were partial or none, the newest first.
  package func recentPartial(limit: Int) -> [PartialAnswer] {
    let entries = state.withLock { Array($0.partial.suffix(max(limit, 0))) }
    return entries.reversed().map { entry in
      let gaps = entry.sections.filter { !$0.state.isComplete }.map {
        PartialAnswer.Gap(section: $0.place.section, state: $0.state.rawValue, reason: $0.failure?.reason.rawValue)
      }
      return PartialAnswer(at: entry.at, route: entry.route, requestID: entry.requestID, gaps: gaps)
    }
  }
}
