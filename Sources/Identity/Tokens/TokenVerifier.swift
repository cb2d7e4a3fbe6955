import Resilience

/// From the bytes of a token to the principal that it proves, in the order of RFC 8725: form, key, algorithm, signature, claims.
/// Waits for nothing and keeps nothing.
struct TokenVerifier: Sendable {
  private let rules: TokenRules
  private let longest: Int

  init(_ configuration: TokenConfiguration) {
    rules = TokenRules(configuration)
    longest = configuration.maxToken
  }

  /// - Returns: who it is, and the key that proves it.
  func verify(
    _ token: [UInt8], with keys: KeySet, at now: Timestamp, digest: CredentialDigest
  ) throws(TokenFault) -> (principal: Principal, key: VerificationKey) {
    guard token.count <= longest else { throw .invalid(reason: "too long") }
    let token = try CompactToken(token)
    let key = try keys.key(for: token.header)
    guard token.header.algorithm.isExactly(key.algorithm.rawValue) else { throw .invalid(reason: "not the algorithm of the key") }
    guard key.verifies(token.signature, of: token.signed) else { throw .invalid(reason: "a wrong signature") }
    guard let payload = Base64URL.decode(token.payload) else { throw .invalid(reason: "the claims are not base64url") }
    return (try rules.principal(payload, at: now, digest: digest), key)
  }
}
