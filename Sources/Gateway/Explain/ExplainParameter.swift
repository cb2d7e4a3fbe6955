import HTTPTypes
import Hummingbird
import Identity

/// The query parameter `explain`: `1` asks for what happened in place of the document, `0` and nothing for the document.
enum ExplainParameter {
  /// - Throws: a 400 for anything else.
  static func value(in query: QueryParameters) throws(Problem) -> Bool {
    try query.value("explain") { text throws(Problem) in
      switch text {
      case [UInt8(ascii: "1")]: return true
      case [UInt8(ascii: "0")]: return false
      default: throw .badRequest("explain must be 1, or 0.")
      }
    } ?? false
  }

  /// The names of a query's parameters, for operators: never their values. Each once, and no more than a few.
  static func names(in query: QueryParameters) -> [String] {
    var names: [String] = []
    for name in query.names.prefix(32) {
      let name = String(decoding: name.prefix(64), as: UTF8.self)
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
