package import Resilience

/// Who calls, as far as it was proved.
package struct Principal: Sendable, Hashable {
  package enum Role: String, Sendable {
    /// May ask for everybody's data.
    case admin = "ADMIN"
    /// May ask for its own.
    case user = "USER"
  }

  /// What proved it.
  package enum Proof: Sendable, Hashable { case token, apiKey, trustedProxy }

  package var proof: Proof
  /// `sub` of the token (for the users service an e-mail address), the name of the API key, `x-user-id` of the proxy. Never logged,
  /// never a key.
  package var subject: String
  package var role: Role
  /// The user that it is; nil where the credential does not say.
  package var userID: Int64?
  package var scopes: Set<String>
  /// When the proof ends; nil: never.
  package var expires: Timestamp?
  /// Of the credential, for logs, limits and keys: what stands for it where it must not stand itself.
  package var digest: CredentialDigest

  package init(
    proof: Proof, subject: String, role: Role, userID: Int64? = nil, scopes: Set<String> = [], expires: Timestamp? = nil,
    digest: CredentialDigest
  ) {
    self.proof = proof
    self.subject = subject
    self.role = role
    self.userID = userID
    self.scopes = scopes
    self.expires = expires
    self.digest = digest
  }
}
