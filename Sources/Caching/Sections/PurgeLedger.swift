package import Resilience
import Synchronization

/// The purge marks of this process, read with every hit: without a lock unless there is a mark that may concern it.
package final class PurgeLedger: Sendable {
  /// Milliseconds of the newest mark; what was fetched later has not been purged.
  private let newest = Atomic<Int64>(.min)
  private let changes = Atomic<Int>(0)
  private let marks: Mutex<PurgeMarks>

  package init(limit: Int = 10_000) { marks = Mutex(PurgeMarks(limit: limit)) }

  package func verdict(fetchedAt: Timestamp, tags: [String]) -> PurgeMarks.Verdict {
    guard fetchedAt.milliseconds <= newest.load(ordering: .acquiring) else { return .ok }
    return marks.withLock { $0.verdict(fetchedAt: fetchedAt, tags: tags) }
  }

  /// Adds marks of this replica or of another.
  ///
  /// - Parameter latest: later ones count as of then; see ``PurgeMarks/merge(_:notAfter:)``.
  package func merge(_ other: PurgeMarks, notAfter latest: Timestamp) {
    marks.withLock { marks in
      marks.merge(other, notAfter: latest)
      newest.store(marks.newest?.milliseconds ?? .min, ordering: .releasing)
    }
    changes.wrappingAdd(1, ordering: .releasing)
  }

  /// How often marks were added: where it is still the same, nothing has been purged since.
  package var count: Int { changes.load(ordering: .acquiring) }

  /// Forgets the marks at `moment` or before.
  package func prune(upTo moment: Timestamp) {
    marks.withLock { marks in
      marks.prune(upTo: moment)
      newest.store(marks.newest?.milliseconds ?? .min, ordering: .releasing)
    }
  }

  package var current: PurgeMarks { marks.withLock { $0 } }
}
