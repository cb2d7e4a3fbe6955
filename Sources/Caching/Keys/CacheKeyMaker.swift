import Crypto

/// Makes the keys of one deployment and one configuration.
///
/// What goes in is encoded so that it can be taken apart in one way only (each text after its length), then hashed: with HMAC-SHA256
/// when the deployment has a secret (RFC 2104), so that whoever sees a key cannot try user ids against it; else with SHA-256.
///
/// A key costs about 1 µs, so what does not change from request to request is made once and kept.
package struct CacheKeyMaker: Sendable {
  private let configurationVersion: String
  private let secret: SymmetricKey?

  /// - Parameters:
  ///   - configurationVersion: whatever changes when stored sections must no longer be used.
  ///   - secret: the deployment's, the same in all its replicas; nil or empty for none.
  package init(configurationVersion: String, secret: [UInt8]? = nil) {
    self.configurationVersion = configurationVersion
    self.secret = secret.flatMap { $0.isEmpty ? nil : SymmetricKey(data: $0) }
  }

  /// The key of a section that is the same for everybody.
  ///
  /// - Parameter parameters: what the request to the upstream was made from, in the template's order.
  package func key(section: String, parameters: [String] = []) -> CacheKey {
    digest(KeyEncoding(configurationVersion: configurationVersion, section: section, parameters: parameters, identity: nil))
  }

  /// The key of a section that is kept for each principal.
  ///
  /// - Parameter identity: the identity fields that the upstream is given, all of them, in one order; none is a principal as well.
  ///   The case of a name's letters does not count (RFC 9110 §5.1).
  package func key(section: String, parameters: [String] = [], identity: [(name: String, value: String)]) -> CacheKey {
    digest(KeyEncoding(configurationVersion: configurationVersion, section: section, parameters: parameters, identity: identity))
  }

  private func digest(_ encoding: KeyEncoding) -> CacheKey {
    let key =
      if let secret {
        CacheKey(digest: HMAC<SHA256>.authenticationCode(for: encoding.bytes, using: secret))
      } else {
        CacheKey(digest: SHA256.hash(data: encoding.bytes))
      }
    guard let key else { preconditionFailure("SHA-256 has 32 bytes") }
    return key
  }
}
