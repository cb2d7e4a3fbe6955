/// What a token says of its signature (RFC 7515 §4), and no more than that: nothing in it chooses an algorithm or brings a key.
struct TokenHeader: Equatable {
  /// `alg`, to be compared with the key's own.
  let algorithm: String
  /// `kid`; nil: it names none.
  let keyID: String?

  /// Longer ones are nobody's.
  static let longestKeyID = 256

  /// Keys that come with the token, and where to get them: whoever made the token chose them (RFC 8725 §3.5, §3.10).
  private static let keySources = ["jwk", "jku", "x5u", "x5c"]
  /// `crit` and `b64` change how the rest is to be read, and we understand no such change (RFC 7515 §4.1.11, RFC 7797); `cty`
  /// announces a token inside (RFC 7519 §5.2); `enc` and `zip` an encrypted one.
  private static let extensions = ["crit", "b64", "cty", "enc", "zip"]

  init(_ json: [UInt8]) throws(TokenFault) {
    guard let members = StrictJSON(json)?.members else { throw .invalid(reason: "the header is not an object") }
    guard !Self.keySources.contains(where: { members[$0] != nil }) else { throw .invalid(reason: "the header brings a key") }
    guard !Self.extensions.contains(where: { members[$0] != nil }) else { throw .invalid(reason: "the header has an extension") }
    guard let algorithm = members["alg"]?.string else { throw .invalid(reason: "no algorithm") }
    if let type = members["typ"] {
      guard let text = type.string, Self.isType(text) else { throw .invalid(reason: "not of the type JWT") }
    }
    if let keyID = members["kid"] {
      guard let text = keyID.string, text.isVisible(atMost: Self.longestKeyID) else { throw .invalid(reason: "an odd kid") }
      self.keyID = text
    } else {
      keyID = nil
    }
    self.algorithm = algorithm
  }

  /// `JWT` (RFC 7519 §5.1) or `at+jwt` (RFC 9068 §2.1), in capitals or not.
  private static func isType(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 < 0x80 } && ["jwt", "at+jwt"].contains(text.lowercased())
  }
}
