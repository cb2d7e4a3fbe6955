/// The identities that the fake services accept, and the constants with which `tributary demo` is accepted.
///
/// users wants `Authorization: Bearer <token>`; accounts wants non-empty `x-user-id` and `x-user-role` headers; the other two ask
/// nobody who they are.
package struct FakeCredentials: Sendable {
  /// A token of role ADMIN: lists users and reads profiles.
  package static let adminToken = "admin-token"
  /// An `x-user-id` that accounts accepts (it accepts every non-empty one).
  package static let accountsUserID = "1"
  /// An `x-user-role` that accounts accepts (it accepts every non-empty one).
  package static let accountsUserRole = "ADMIN"

  /// The token of the user with that id, of role USER: reads profiles, may not list users.
  package static func userToken(_ id: Int64) -> String { "user-\(id)-token" }

  /// Tokens of role ADMIN.
  package var adminTokens: Set<String>
  /// Tokens of role USER, beside the numbered ones.
  package var userTokens: Set<String>
  /// Whether every `user-<digits>-token` is a token of role USER.
  package var acceptsNumberedUserTokens: Bool

  package init(
    adminTokens: Set<String> = [adminToken], userTokens: Set<String> = [], acceptsNumberedUserTokens: Bool = true
  ) {
    self.adminTokens = adminTokens
    self.userTokens = userTokens
    self.acceptsNumberedUserTokens = acceptsNumberedUserTokens
  }

  enum Role: Sendable { case user, admin }

  /// The role that an `Authorization` field value stands for; nil if it is absent, of another scheme or unknown.
  func role(authorization: String?) -> Role? {
    guard let authorization, authorization.utf8.count > 7, authorization.prefix(7).lowercased() == "bearer " else { return nil }
    let token = String(authorization.dropFirst(7))
    if adminTokens.contains(token) { return .admin }
    if userTokens.contains(token) { return .user }
    return acceptsNumberedUserTokens && isNumberedUserToken(token) ? .user : nil
  }

  private func isNumberedUserToken(_ token: String) -> Bool {
    guard token.hasPrefix("user-"), token.hasSuffix("-token") else { return false }
    let digits = token.utf8.dropFirst(5).dropLast(6)
    return !digits.isEmpty && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
