import Crypto
package import Resilience

/// An API key as the file has it: who may do what until when, and what its secret must hash to. Not the secret.
package struct APIKey: Sendable, Equatable {
  /// Of the operator's choosing, each once: what logs and `tributary keys` call it.
  package var name: String
  package var scopes: Set<APIKeyScope>
  package var created: Timestamp
  /// From then on it is refused; nil: never.
  package var expires: Timestamp?
  /// Finds the entry; stands in the key in clear.
  let id: String
  let salt: [UInt8]
  /// SHA-256 of salt and secret.
  ///
  /// A fast hash is right here: slow ones (argon2, bcrypt) buy time where a person has chosen the secret and a dictionary finds it.
  /// Ours has 256 random bits: at 10¹² tries a second the sun goes out first, and each request would pay the slowness. The salt
  /// keeps two files from being compared.
  let hash: [UInt8]

  /// 1 to 64 of `a-z 0-9 . _ -`: never an e-mail address, which a user might be looked up by.
  package static func isName(_ text: String) -> Bool {
    1...64 ~= text.utf8.count
      && text.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || "._-".utf8.contains($0)
      }
  }

  /// Whether `secret` is the key's: in a time that does not depend on how much of it is.
  func proves(_ secret: [UInt8]) -> Bool { Self.isSame(Self.hash(secret, salt: salt), hash) }

  static func hash(_ secret: [UInt8], salt: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: salt + secret)) }

  private static func isSame(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  func principal(_ digest: CredentialDigest) -> Principal {
    var userID: Int64?
    for case .user(let id) in scopes { userID = id }
    return Principal(
      proof: .apiKey, subject: name, role: scopes.contains(.everybody) ? .admin : .user, userID: userID,
      scopes: Set(scopes.map(\.description)), expires: expires, digest: digest)
  }
}
