/// What an API key is for.
package enum APIKeyScope: Sendable, Hashable, CustomStringConvertible {
  /// `dashboard:all`: everybody's data.
  case everybody
  /// `dashboard:user:<id>`: the data of one user.
  case user(Int64)
  /// `admin`: the operators' listener. Nobody's data.
  case operators

  package init?(_ text: String) {
    if text == "dashboard:all" {
      self = .everybody
    } else if text == "admin" {
      self = .operators
    } else if text.hasPrefix("dashboard:user:"), let id = UserIDText.parse(String(text.dropFirst(15))) {
      self = .user(id)
    } else {
      return nil
    }
  }

  package var description: String {
    switch self {
    case .everybody: "dashboard:all"
    case .user(let id): "dashboard:user:\(id)"
    case .operators: "admin"
    }
  }

  /// What a scope must look like.
  package static let allowed = "dashboard:all, dashboard:user:<id> or admin"

  /// Why these cannot be the scopes of one key; nil: they can. A key is somebody's or everybody's, never both.
  package static func fault(in scopes: Set<APIKeyScope>) -> String? {
    if scopes.isEmpty { return "no scope" }
    return scopes.count { $0 != .operators } > 1 ? "scopes of more than one user" : nil
  }
}
