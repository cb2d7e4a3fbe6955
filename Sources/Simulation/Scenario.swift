import Aggregation
package import Clients
import Gateway

/// One of the two documents.
package enum SimulatedDocument: String, Sendable, CaseIterable {
  case consolidated, summary

  var path: String {
    switch self {
    case .consolidated: DashboardPath.consolidated
    case .summary: DashboardPath.summary
    }
  }

  /// Whether the section stands in the document, or is what it is computed from.
  func has(_ section: String) -> Bool { self == .consolidated || Aggregator.isInSummary(section) }
}

/// A request, and how things stand when it comes.
package struct Scenario: Sendable {
  package var document: SimulatedDocument
  package var user: Int64?
  /// Further parameters, `name=value&…`.
  package var query: String?
  /// Fields of the request.
  package var fields: [HeaderField] = []
  package var cache = SimulatedCache.cold
  /// By the name of the upstream; one that is not named answers.
  package var failures: [String: SimulatedFailure] = [:]

  package init(_ document: SimulatedDocument) { self.document = document }

  var target: String { parameters.isEmpty ? document.path : "\(document.path)?\(parameters)" }

  /// All of the query.
  var parameters: String {
    [user.map { "user_id=\($0)" }, query].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: "&")
  }

  /// The request that fills the cache for this one: on behalf of the same caller, for the same user and filters, and for all of it. What only
  /// shapes an answer is left out.
  ///
  /// - Parameter question: this request's.
  func warming(for question: RehearsedQuestion) -> Scenario {
    var warming = Scenario(.consolidated)
    warming.query = question.query
    warming.fields = fields.filter { !Self.shaping.contains($0.name.lowercased()) }
    return warming
  }

  private static let shaping: Set<String> = [
    "prefer", "if-none-match", "accept", "accept-encoding", "origin", "traceparent", "tracestate",
  ]
}
