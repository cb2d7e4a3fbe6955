import Aggregation
package import Clients
import Gateway

/// One of the two documents.
package enum SimulatedDocument: String, Sendable, CaseIterable {
  case consolidated, summary

  var path: String {
    switch self {
    case .consolidated: Gateway.paths[0]
    case .summary: Gateway.paths[1]
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

  var target: String {
    let parameters = [user.map { "user_id=\($0)" }, query].compactMap(\.self).filter { !$0.isEmpty }
    return parameters.isEmpty ? document.path : "\(document.path)?\(parameters.joined(separator: "&"))"
  }
}
