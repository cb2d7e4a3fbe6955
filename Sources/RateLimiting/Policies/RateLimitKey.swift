import Crypto

/// Whom a policy counts: a digest, from which nobody can be read back.
package struct RateLimitKey: Sendable, Hashable {
  /// The first 16 bytes of the digest.
  let words: (UInt64, UInt64)

  package static func == (left: Self, right: Self) -> Bool { left.words == right.words }

  package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

  /// Its text in Redis: `<prefix>limit:{limits}:<policy>:<digest>`. One tag for all, so that what one request is counted by lies in one
  /// slot of a cluster, and is one step there.
  func redisKey(prefix: String, policy: String) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(prefix.utf8.count + policy.utf8.count + 48)
    text.append(contentsOf: prefix.utf8)
    text.append(contentsOf: "limit:{limits}:".utf8)
    text.append(contentsOf: policy.utf8)
    text.append(UInt8(ascii: ":"))
    for word in [words.0, words.1] {
      for place in stride(from: 60, through: 0, by: -4) {
        text.append(Self.digits.utf8Start[Int(word >> UInt64(place) & 15)])
      }
    }
    return text
  }

  private static let digits: StaticString = "0123456789abcdef"
}

/// Makes the keys of one deployment.
///
/// HMAC-SHA256 with the deployment's secret, so that whoever sees a key cannot try addresses against it (there are only 2³² of IPv4).
/// Without one it is plain SHA-256. Each text goes in after its length, so that nothing can be glued differently:
///
/// ```
/// "tributary-limit" 1 | policy | subject | what identifies
/// ```
package struct RateLimitKeyMaker: Sendable {
  private let secret: SymmetricKey?

  private static let domain = Array("tributary-limit".utf8) + [1]

  /// - Parameter secret: the same in all replicas; nil or empty for none.
  package init(secret: [UInt8]? = nil) { self.secret = secret.flatMap { $0.isEmpty ? nil : SymmetricKey(data: $0) } }

  package func key(_ policy: RateLimitPolicy, _ identity: some Collection<UInt8>) -> RateLimitKey {
    var bytes = Self.domain
    bytes.reserveCapacity(128)
    append(policy.name.utf8, to: &bytes)
    append(policy.subject.rawValue.utf8, to: &bytes)
    append(identity, to: &bytes)
    if let secret { return HMAC<SHA256>.authenticationCode(for: bytes, using: secret).withUnsafeBytes(Self.key) }
    return SHA256.hash(data: bytes).withUnsafeBytes(Self.key)
  }

  private func append(_ text: some Collection<UInt8>, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: UInt64(text.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: text)
  }

  private static func key(_ digest: UnsafeRawBufferPointer) -> RateLimitKey {
    func word(_ at: Int) -> UInt64 { UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: at, as: UInt64.self)) }
    return RateLimitKey(words: (word(0), word(8)))
  }
}
