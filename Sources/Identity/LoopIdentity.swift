import Resilience

/// What one event loop knows of identities. Belongs to its loop: keys and what they have proved change together there, and no
/// request sees the one without the other.
final class LoopIdentity {
  private let configuration: IdentityConfiguration
  private let verifier: TokenVerifier
  private let ownKeys: [VerificationKey]
  private var keys: KeySet
  /// Whether the issuer's keys are here, or there is no issuer.
  private(set) var isComplete: Bool
  private var apiKeys: APIKeyRing
  private var tokens: RememberedPrincipals
  private var owners: RememberedPrincipals

  /// Remembered at once, of each kind; some 400 bytes each.
  private static let limit = 10_000

  /// - Parameter keys: of the configuration.
  init(_ configuration: IdentityConfiguration, keys: [VerificationKey], apiKeys: [APIKey]) {
    self.configuration = configuration
    verifier = TokenVerifier(configuration.tokens)
    ownKeys = keys
    isComplete = configuration.tokens.remote == nil
    // With an issuer there will be more.
    self.keys = KeySet(keys, requiresName: !keys.isEmpty && !isComplete)
    self.apiKeys = APIKeyRing(apiKeys)
    tokens = RememberedPrincipals(lifetime: configuration.remember, limit: Self.limit)
    owners = RememberedPrincipals(lifetime: configuration.remember, limit: Self.limit)
  }

  func remembered(_ credential: PresentedCredential, at now: Timestamp) -> Principal? {
    switch credential {
    case .token: tokens.principal(credential.digest, at: now)
    case .apiKey: owners.principal(credential.digest, at: now)
    }
  }

  func verify(_ token: Substring.UTF8View, at now: Timestamp) throws(TokenFault) -> Principal {
    let digest = CredentialDigest(of: token)
    if let known = tokens.principal(digest, at: now) { return known }
    let verified = try verifier.verify(Array(token), with: keys, at: now, digest: digest)
    tokens.insert(verified.principal, key: verified.key.fingerprint, at: now)
    return verified.principal
  }

  func verify(apiKey: String, at now: Timestamp) throws(AuthenticationFailure) -> Principal {
    let digest = CredentialDigest(of: apiKey.utf8)
    if let known = owners.principal(digest, at: now) { return known }
    let principal = try apiKeys.principal(apiKey, at: now, digest: digest)
    owners.insert(principal, at: now)
    return principal
  }

  /// The issuer's keys; those of the configuration come first.
  func install(_ remote: [VerificationKey]) {
    isComplete = true
    keys = KeySet(ownKeys + remote, requiresName: !ownKeys.isEmpty)
    tokens.keep(provedBy: Set(keys.keys.map(\.fingerprint)))
  }

  func install(_ apiKeys: [APIKey]) {
    self.apiKeys = APIKeyRing(apiKeys)
    owners.forgetAll()
  }
}
