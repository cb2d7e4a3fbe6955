import Resilience

/// The API keys that are known.
struct APIKeyRing: Sendable {
  private let keys: [String: APIKey]
  /// Stands in where there is no such key, so that it takes as long to find out.
  private static let nobody = APIKey(
    name: "nobody", scopes: [], created: Timestamp(milliseconds: 0), expires: nil, id: "", salt: [UInt8](repeating: 0, count: 16),
    hash: [UInt8](repeating: 0, count: 32))

  init(_ keys: [APIKey] = []) { self.keys = Dictionary(keys.map { ($0.id, $0) }) { first, _ in first } }

  func principal(_ text: String, at now: Timestamp, digest: CredentialDigest) throws(AuthenticationFailure) -> Principal {
    guard let text = APIKeyText(text) else { throw .invalid(reason: "not an API key") }
    let key = keys[text.id]
    guard (key ?? Self.nobody).proves(text.secret), let key else { throw .invalid(reason: "no such API key") }
    if let expires = key.expires, expires <= now { throw .expired }
    return key.principal(digest)
  }
}
