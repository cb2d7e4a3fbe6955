import HTTPTypes
import Identity

/// Who calls, as a trusted proxy says it: `x-user-id`, a positive number, and `x-user-role`, `ADMIN` or `USER`, which it is without.
enum ProxyIdentity {
  /// Nil where the proxy says nothing.
  static func principal(_ headers: HTTPFields) throws(AuthenticationFailure) -> Principal? {
    let (id, role) = (headers[.userID], headers[.userRole])
    guard id != nil || role != nil else { return nil }
    // Two fields come joined with a comma, and are neither.
    guard let id, let user = UserIDParameter.number(Array(id.utf8)) else { throw .invalid(reason: "x-user-id of the proxy") }
    guard let known = Principal.Role(rawValue: role ?? "USER") else { throw .invalid(reason: "x-user-role of the proxy") }
    return Principal(
      proof: .trustedProxy, subject: String(user), role: known, userID: user,
      digest: CredentialDigest(of: "proxy \(user) \(known.rawValue)".utf8))
  }
}
