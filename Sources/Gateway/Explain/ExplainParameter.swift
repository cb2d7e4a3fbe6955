import HTTPTypes
import Hummingbird
import Identity

/// The query parameter `explain`: `1` asks for what happened in place of the document, `0` and nothing for the document.
enum ExplainParameter {
  /// - Throws: a 400 for anything else.
  static func value(in query: String?) throws(Problem) -> Bool {
    guard let query, query.utf8.count >= 7 else { return false }
    var found: Bool?
    for pair in query.split(separator: "&") where pair == "explain" || pair.hasPrefix("explain=") {
      let value: Bool
      switch pair.dropFirst("explain=".count) {
      case "1": value = true
      case "0": value = false
      default: throw .badRequest("explain must be 1, or 0.")
      }
      guard found == nil || found == value else { throw .badRequest("explain is given twice, with different values.") }
      found = value
    }
    return found ?? false
  }

  /// The names of a query's parameters, for operators: never their values. Each once, and no more than a few.
  static func names(in query: String?) -> [String] {
    guard let query, !query.isEmpty else { return [] }
    var names: [String] = []
    for pair in query.split(separator: "&").prefix(32) {
      let name = String(pair.prefix { $0 != "=" }.prefix(64))
      if !names.contains(name) { names.append(name) }
    }
    return names
  }
}

extension Principal {
  /// Whether it may see how the gateway works: an API key of the scope `admin`, or an ADMIN.
  var isOperator: Bool {
    switch proof {
    case .apiKey: scopes.contains(APIKeyScope.operators.description)
    case .token, .trustedProxy: role == .admin
    }
  }
}

extension Problem {
  static let notExplained = Problem(
    status: .forbidden,
    detail: "Explanations are for operators: they take an API key of the scope admin, or a token of the role ADMIN.")
}
