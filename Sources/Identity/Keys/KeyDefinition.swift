package import Settings

/// A key of the configuration: its name, its one algorithm, and what it is made of.
package struct KeyDefinition: Sendable, Equatable {
  package enum Source: Sendable, Equatable {
    /// A shared secret, and how its bytes are written.
    case secret(Secret, SecretEncoding)
    /// The text of a PEM file.
    case pem(String)
  }

  /// What tokens call it (`kid`).
  package var id: String
  package var algorithm: SignatureAlgorithm
  package var source: Source

  package init(id: String, algorithm: SignatureAlgorithm, source: Source) {
    self.id = id
    self.algorithm = algorithm
    self.source = source
  }
}

/// How a secret is written.
package enum SecretEncoding: String, Sendable, CaseIterable {
  /// Its bytes are those of the text.
  case text
  /// Either alphabet of RFC 4648, padded or not.
  case base64
}

extension KeyDefinition {
  func material() throws(KeyFault) -> KeyMaterial {
    switch source {
    case .pem(let text): return try KeyMaterial(pem: text, for: algorithm)
    case .secret(let secret, let encoding):
      let text = secret.reveal()
      // What everybody may know proves nothing (CVE-2016-10555 and those after it).
      guard !text.contains("-----BEGIN") else { throw KeyFault(reason: "a PEM, which is no secret") }
      switch encoding {
      case .text: return try KeyMaterial(secret: Array(text.utf8), for: algorithm)
      case .base64:
        guard let bytes = Self.base64(text) else { throw KeyFault(reason: "a secret that is no base64") }
        return try KeyMaterial(secret: bytes, for: algorithm)
      }
    }
  }

  func key() async throws(KeyFault) -> VerificationKey {
    try await VerificationKey(id: id, algorithm: algorithm, material: material())
  }

  private static func base64(_ text: String) -> [UInt8]? {
    var bytes = Array(text.utf8)
    while bytes.last == UInt8(ascii: "=") { bytes.removeLast() }
    return Base64URL.decode(
      bytes.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: "-") : $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0 })
  }
}
