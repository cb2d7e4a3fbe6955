import JWTKit
import Resilience
import Settings

@testable import Identity

/// An issuer with a key for every algorithm, and whoever wants to pass for it. A key is named like its algorithm.
struct Forge: Sendable {
  /// The public keys, as the configuration would have them.
  let definitions: [KeyDefinition]
  let keys: KeySet
  /// What signs, by the name of the key; `stranger` is an RSA key that nobody knows.
  private let signers: [String: any JWTAlgorithm]
  /// The members of each public key as an issuer publishes it (RFC 7518 §6), without name and algorithm.
  let published: [String: String]

  static let now = Timestamp(milliseconds: 1_750_000_000_000)

  /// The claims of a good token, in their order.
  static let claims: [(name: String, json: String)] = [
    ("sub", "\"ada@example.org\""), ("role", "\"USER\""), ("exp", "1750000600"), ("iat", "1749999990"), ("nbf", "1749999990"),
    ("iss", "\"https://issuer.example\""), ("aud", "\"tributary\""),
  ]

  static var configuration: TokenConfiguration {
    var configuration = TokenConfiguration()
    configuration.issuer = "https://issuer.example"
    configuration.audiences = ["tributary"]
    configuration.userIDClaim = "uid"
    return configuration
  }

  static func make() async throws -> Forge {
    let (p256, p384, p521) = (ES256PrivateKey(), ES384PrivateKey(), ES512PrivateKey())
    let ed25519 = try EdDSA.PrivateKey()
    let rsa = try JWTKit.Insecure.RSA.PrivateKey(pem: TestKeys.privateRSA)
    let stranger = try JWTKit.Insecure.RSA.PrivateKey(pem: TestKeys.strangersRSA)
    var signers: [String: any JWTAlgorithm] = [:]
    func add(_ name: String, _ prepare: (JWTKeyCollection) async -> Void) async throws {
      let collection = JWTKeyCollection()
      await prepare(collection)
      signers[name] = try await collection.getKey()
    }
    for (size, digest) in [("256", DigestAlgorithm.sha256), ("384", .sha384), ("512", .sha512)] {
      try await add("HS\(size)") { await $0.add(hmac: HMACKey(from: TestKeys.secret), digestAlgorithm: digest) }
      try await add("RS\(size)") { await $0.add(rsa: rsa, digestAlgorithm: digest) }
      try await add("PS\(size)") { await $0.add(pss: rsa, digestAlgorithm: digest) }
    }
    try await add("ES256") { await $0.add(ecdsa: p256) }
    try await add("ES384") { await $0.add(ecdsa: p384) }
    try await add("ES512") { await $0.add(ecdsa: p521) }
    try await add("EdDSA") { await $0.add(eddsa: ed25519) }
    try await add("stranger") { await $0.add(rsa: stranger, digestAlgorithm: .sha256) }
    let curves = [
      "ES256": p256.publicKey.pemRepresentation, "ES384": p384.publicKey.pemRepresentation,
      "ES512": p521.publicKey.pemRepresentation, "EdDSA": ed25519.publicKey.pemRepresentation,
    ]
    let definitions = SignatureAlgorithm.allCases.map { algorithm in
      let source: KeyDefinition.Source =
        algorithm.family == .secret
        ? .secret(Secret(TestKeys.secret), .text) : .pem(curves[algorithm.rawValue] ?? TestKeys.publicRSA)
      return KeyDefinition(id: algorithm.rawValue, algorithm: algorithm, source: source)
    }
    var keys: [VerificationKey] = []
    for definition in definitions { keys.append(try await definition.key()) }
    let numbers = try rsa.publicKey.getKeyPrimitives()
    let modulus =
      "\"kty\":\"RSA\",\"n\":\"\(Base64URL.encode(numbers.modulus))\",\"e\":\"\(Base64URL.encode(numbers.publicExponent))\""
    func point(_ curve: String, _ parameters: ECDSAParameters?) -> String {
      func url(_ text: String?) -> String {
        (text ?? "").replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
      }
      return "\"kty\":\"EC\",\"crv\":\"\(curve)\",\"x\":\"\(url(parameters?.x))\",\"y\":\"\(url(parameters?.y))\""
    }
    let x = Base64URL.encode(ed25519.publicKey.rawRepresentation)
    let published = [
      "RSA": modulus, "ES256": point("P-256", p256.publicKey.parameters), "ES384": point("P-384", p384.publicKey.parameters),
      "ES512": point("P-521", p521.publicKey.parameters), "EdDSA": "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"\(x)\"",
    ]
    return Forge(definitions: definitions, keys: KeySet(keys), signers: signers, published: published)
  }

  /// A key as an issuer publishes it.
  func jwk(_ key: String, kid: String? = nil, _ more: String = "") -> String {
    "{\(published[key] ?? published["RSA"] ?? ""),\"kid\":\"\(kid ?? key)\"\(more)}"
  }

  // MARK: Tokens

  /// A good token, but for what is changed.
  ///
  /// - Parameters:
  ///   - header: nil: the one of `key`.
  ///   - changes: claims that are other than in a good token; nil: there is none.
  func token(
    header: String? = nil, _ changes: KeyValuePairs<String, String?> = [:], by key: String = "RS256"
  ) throws -> [UInt8] {
    try token(header: header, payload: Array(Self.payload(changes).utf8), by: key)
  }

  func token(header: String? = nil, payload: [UInt8], by key: String = "RS256") throws -> [UInt8] {
    try signed(Array((header ?? Self.header(key)).utf8), payload, by: key)
  }

  func signed(_ header: [UInt8], _ payload: [UInt8], by key: String) throws -> [UInt8] {
    let input = Array("\(Base64URL.encode(header)).\(Base64URL.encode(payload))".utf8)
    return try Self.joined(input, signature(of: input, by: key))
  }

  func signature(of bytes: [UInt8], by key: String) throws -> [UInt8] {
    guard let signer = signers[key] else { throw KeyFault(reason: "no signer \(key)") }
    return try signer.sign(bytes)
  }

  static func joined(_ input: [UInt8], _ signature: [UInt8]) -> [UInt8] { input + Array(".\(Base64URL.encode(signature))".utf8) }

  static func header(_ key: String) -> String { "{\"alg\":\"\(key)\",\"kid\":\"\(key)\",\"typ\":\"JWT\"}" }

  static func payload(_ changes: KeyValuePairs<String, String?> = [:]) -> String {
    var claims = Self.claims
    for (name, json) in changes {
      claims.removeAll { $0.name == name }
      if let json { claims.append((name, json)) }
    }
    return "{\(claims.map { "\"\($0.name)\":\($0.json)" }.joined(separator: ","))}"
  }

  // MARK: Judgement

  func judge(_ token: [UInt8], _ configuration: TokenConfiguration = Forge.configuration) throws(TokenFault) -> Principal {
    try TokenVerifier(configuration).verify(token, with: keys, at: Self.now, digest: CredentialDigest(of: token)).principal
  }

  /// Why it is refused; nil: it is not.
  func fault(_ token: [UInt8], _ configuration: TokenConfiguration = Forge.configuration) -> TokenFault? {
    do throws(TokenFault) {
      _ = try judge(token, configuration)
      return nil
    } catch { return error }
  }
}
