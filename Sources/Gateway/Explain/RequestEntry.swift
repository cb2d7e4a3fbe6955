import Aggregation
import Clients
import NIOCore
package import Resilience

/// One request as operators are told of it: never who asked, and no value of its query.
package final class RequestEntry: Sendable {
  /// When it came.
  package let at: Timestamp
  package let route: String
  package let status: Int
  package let took: Duration
  /// One a section, in the document's order.
  let sections: [SectionReport]
  /// The names in its query.
  let parameters: [String]
  let timeline: RequestTimeline

  init(
    at: Timestamp, route: String, status: Int, took: Duration, sections: [SectionReport], parameters: [String],
    timeline: RequestTimeline
  ) {
    self.at = at
    self.route = route
    self.status = status
    self.took = took
    self.sections = sections
    self.parameters = parameters
    self.timeline = timeline
  }

  package var requestID: String { timeline.requestID }

  /// How much of the document was there.
  package var outcome: String { sections.outcome(isRefused: status >= 500) ?? "none" }

  /// How far from complete: what is missing counts more than what is old, and an answer that is none more than either.
  var degradation: Int {
    sections.reduce(status >= 500 ? 10_000 : 0) { sum, section in
      switch section.state {
      case .fresh, .cached: sum
      case .stale: sum + 1
      case .missing: sum + 100
      }
    }
  }
}

extension [SectionReport] {
  /// Nil where the request was not for a document.
  func outcome(isRefused: Bool) -> String? {
    if isEmpty { return nil }
    if isRefused { return "none" }
    return allSatisfy(\.state.isComplete) ? "complete" : "partial"
  }
}
