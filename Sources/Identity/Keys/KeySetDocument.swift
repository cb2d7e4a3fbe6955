import JWTKit

/// What an issuer publishes (a JWK Set, RFC 7517 §5): those of its keys that we can use.
struct KeySetDocument: Sendable {
  struct Key: Sendable {
    let id: String?
    let algorithm: SignatureAlgorithm
    let material: KeyMaterial
  }

  let keys: [Key]
  /// Those that are left out: no key for signatures, none of ours, weak, secret, or with the name of another.
  let skipped: Int

  /// More than these are nobody's.
  private static let mostKeys = 100

  /// - Parameter rsaAlgorithm: what RSA keys sign with that do not say it; nil: these are left out. The curve says it of the
  /// others.
  /// - Returns: nil for what is no such document.
  init?(_ json: [UInt8], rsaAlgorithm: SignatureAlgorithm?) {
    guard let entries = StrictJSON(json)?.members?["keys"]?.elements, entries.count <= Self.mostKeys else { return nil }
    var keys: [Key] = []
    var taken: Set<String?> = []
    for entry in entries {
      guard let key = Key(entry, rsaAlgorithm: rsaAlgorithm), taken.insert(key.id).inserted else { continue }
      keys.append(key)
    }
    self.keys = keys
    skipped = entries.count - keys.count
  }
}

extension KeySetDocument.Key {
  fileprivate init?(_ entry: StrictJSON, rsaAlgorithm: SignatureAlgorithm?) {
    guard let members = entry.members, Self.isForSignatures(members) else { return nil }
    // Whoever publishes the private part has no secret any more.
    guard members["d"] == nil, members["k"] == nil else { return nil }
    if let id = members["kid"] {
      guard let text = id.string, text.isVisible(atMost: TokenHeader.longestKeyID) else { return nil }
      self.id = text
    } else {
      id = nil
    }
    guard let algorithm = Self.algorithm(members, rsaAlgorithm: rsaAlgorithm) else { return nil }
    self.algorithm = algorithm
    do {
      guard let material = try Self.material(members, algorithm) else { return nil }
      self.material = material
    } catch {
      // A number that is no key: as good as none.
      return nil
    }
  }

  private static func isForSignatures(_ members: [String: StrictJSON]) -> Bool {
    if let use = members["use"], use.string != "sig" { return false }
    if let operations = members["key_ops"], operations.strings?.contains("verify") != true { return false }
    return true
  }

  /// What the entry says must be what its kind of key can do.
  private static func algorithm(_ members: [String: StrictJSON], rsaAlgorithm: SignatureAlgorithm?) -> SignatureAlgorithm? {
    let implied: SignatureAlgorithm?
    let family: SignatureAlgorithm.Family
    switch (members["kty"]?.string, members["crv"]?.string) {
    case ("RSA", nil): (family, implied) = (.rsa, rsaAlgorithm)
    case ("EC", "P-256"): (family, implied) = (.ellipticCurve, .es256)
    case ("EC", "P-384"): (family, implied) = (.ellipticCurve, .es384)
    case ("EC", "P-521"): (family, implied) = (.ellipticCurve, .es512)
    case ("OKP", "Ed25519"): (family, implied) = (.edwards, .edDSA)
    default: return nil
    }
    guard let said = members["alg"] else { return implied }
    guard let algorithm = said.string.flatMap(SignatureAlgorithm.init(rawValue:)), algorithm.family == family else { return nil }
    return family == .rsa || algorithm == implied ? algorithm : nil
  }

  private static func material(_ members: [String: StrictJSON], _ algorithm: SignatureAlgorithm) throws -> KeyMaterial? {
    /// A number of so many bytes, as it was written.
    func number(_ name: String, _ lengths: ClosedRange<Int>) -> String? {
      guard let text = members[name]?.string, let bytes = Base64URL.decode(text.utf8), lengths.contains(bytes.count) else {
        return nil
      }
      return text
    }
    func point(_ length: Int) -> ECDSAParameters? {
      guard let x = number("x", length...length), let y = number("y", length...length) else { return nil }
      return (x, y)
    }
    switch algorithm {
    case .hs256, .hs384, .hs512: return nil
    case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512:
      guard let n = number("n", 256...1025), let e = number("e", 1...8) else { return nil }
      return try KeyMaterial.measured(JWTKit.Insecure.RSA.PublicKey(modulus: n, exponent: e))
    case .es256: return try point(32).map { .p256(try ES256PublicKey(parameters: $0)) }
    case .es384: return try point(48).map { .p384(try ES384PublicKey(parameters: $0)) }
    case .es512: return try point(66).map { .p521(try ES512PublicKey(parameters: $0)) }
    case .edDSA: return try number("x", 32...32).map { .ed25519(try EdDSA.PublicKey(x: $0, curve: .ed25519)) }
    }
  }
}
