package import Aggregation
import Synchronization

/// What a route tells the access line about the document that it answered with.
package final class RequestRecord: Sendable {
  private let reports = Mutex<[SectionReport]>([])

  package init() {}

  /// Written once, by the route that made a document.
  package var sections: [SectionReport] {
    get { reports.withLock { $0 } }
    set { reports.withLock { $0 = newValue } }
  }
}
