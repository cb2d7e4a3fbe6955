import Testing

@testable import Identity

/// A token that must be refused, and why it must be: one that is refused for another reason than its own has not been tried.
struct ForgedToken: Sendable, CustomTestStringConvertible {
  let name: String
  let fault: TokenFault
  let make: @Sendable (Forge) throws -> [UInt8]

  var testDescription: String { name }

  init(_ name: String, _ fault: TokenFault, _ make: @escaping @Sendable (Forge) throws -> [UInt8]) {
    (self.name, self.fault, self.make) = (name, fault, make)
  }

  init(_ name: String, _ reason: StaticString, _ make: @escaping @Sendable (Forge) throws -> [UInt8]) {
    self.init(name, .invalid(reason: reason), make)
  }

  /// Signed by the key that it ought to be signed by, over a header that is odd.
  static func header(_ name: String, _ json: String, by key: String = "RS256", _ reason: StaticString) -> ForgedToken {
    ForgedToken("header: \(name)", reason) { try $0.token(header: json, by: key) }
  }

  /// Signed as it ought to be, over claims that are odd.
  static func claim(_ name: String, _ json: String?, _ reason: StaticString) -> ForgedToken {
    ForgedToken("\(name): \(json ?? "missing")", reason) { try $0.token([name: json]) }
  }
}

extension ForgedToken {
  static let all = algorithms + signatures + keys + headers + forms + times + issuers + roles + payloads

  /// RFC 8725 §2.1, §3.1: the algorithm is the key's, not the token's.
  static let algorithms: [ForgedToken] =
    ["none", "None", "NONE", "nOnE", "none ", "", "n\\u006fne", "rs256", "RS256 ", "RS256\\u0000", "RS-256", "ＲＳ２５６"].map {
      text in
      ForgedToken("alg \"\(text)\"", "not the algorithm of the key") {
        try $0.token(header: "{\"alg\":\"\(text)\",\"kid\":\"RS256\"}")
      }
    } + [
      ForgedToken("none, and nothing behind the last dot", "no signature") { _ in
        Forge.joined(Array("\(Base64URL.encode("{\"alg\":\"none\"}".utf8)).\(Base64URL.encode(Forge.payload().utf8))".utf8), [])
      },
      ForgedToken("HS256 with the public key in PEM as secret", "not the algorithm of the key") {
        try $0.hmac(secret: Array(TestKeys.publicRSA.utf8), kid: "RS256")
      },
      ForgedToken("HS256 with the public key in PEM and a line end as secret", "not the algorithm of the key") {
        try $0.hmac(secret: Array("\(TestKeys.publicRSA)\n".utf8), kid: "RS256")
      },
      ForgedToken("HS256 with the public key in DER as secret", "not the algorithm of the key") {
        try $0.hmac(secret: Forge.derOfPublicKey, kid: "RS256")
      },
      ForgedToken("HS256 with the public key as secret, under the name of the HS256 key", "a wrong signature") {
        try $0.hmac(secret: Array(TestKeys.publicRSA.utf8), kid: "HS256")
      },
      ForgedToken("HS256 with no secret at all", "a wrong signature") { try $0.hmac(secret: [], kid: "HS256") },
      .header("RS384 of the same RSA key", "{\"alg\":\"RS384\",\"kid\":\"RS256\"}", by: "RS384", "not the algorithm of the key"),
      .header("PS256 of the same RSA key", "{\"alg\":\"PS256\",\"kid\":\"RS256\"}", by: "PS256", "not the algorithm of the key"),
      .header("ES256 for an RSA key", "{\"alg\":\"ES256\",\"kid\":\"RS256\"}", by: "ES256", "not the algorithm of the key"),
      .header("RS256 for an EC key", "{\"alg\":\"RS256\",\"kid\":\"ES256\"}", "not the algorithm of the key"),
      .header("ES384 for a P-256 key", "{\"alg\":\"ES384\",\"kid\":\"ES256\"}", by: "ES384", "not the algorithm of the key"),
      .header("a number", "{\"alg\":256,\"kid\":\"RS256\"}", "no algorithm"),
      .header("a list", "{\"alg\":[\"RS256\"],\"kid\":\"RS256\"}", "no algorithm"),
      .header("null", "{\"alg\":null,\"kid\":\"RS256\"}", "no algorithm"),
      .header("no alg", "{\"kid\":\"RS256\"}", "no algorithm"),
    ]

  static let signatures: [ForgedToken] =
    ["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA", "HS256"].flatMap { name in
      [
        ForgedToken("\(name), its signature cut off", "no signature") {
          Forge.cut(try $0.token(by: name), signature: { _ in [] })
        },
        ForgedToken("\(name), its signature halved", "a wrong signature") {
          Forge.cut(try $0.token(by: name)) { Array($0.prefix($0.count / 2)) }
        },
        ForgedToken("\(name), a byte behind its signature", "a wrong signature") {
          Forge.cut(try $0.token(by: name)) { $0 + [0] }
        },
        ForgedToken("\(name), a zero before its signature", "a wrong signature") {
          Forge.cut(try $0.token(by: name)) { [0] + $0 }
        },
        ForgedToken("\(name), a signature of nothing but zeros", "a wrong signature") {
          Forge.cut(try $0.token(by: name)) { [UInt8](repeating: 0, count: $0.count) }
        },
        ForgedToken("\(name), a signature of nothing but ones", "a wrong signature") {
          Forge.cut(try $0.token(by: name)) { [UInt8](repeating: 0xFF, count: $0.count) }
        },
        ForgedToken("\(name), the signature of another token", "a wrong signature") { forge in
          let other = try CompactToken(forge.token(["sub": "\"bob@example.org\""], by: name))
          return Forge.cut(try forge.token(by: name)) { _ in other.signature }
        },
      ]
    } + [
      ForgedToken("ES256, r and s of the order of the curve", "a wrong signature") {
        let order = Base64URL.decode("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE".utf8) ?? []
        return Forge.cut(try $0.token(by: "ES256")) { _ in order + order }
      },
      ForgedToken("ES256, r of 1 and s of 0", "a wrong signature") {
        Forge.cut(try $0.token(by: "ES256")) { _ in [UInt8](repeating: 0, count: 31) + [1] + [UInt8](repeating: 0, count: 32) }
      },
      ForgedToken("ES256, its signature in DER", "a wrong signature") {
        Forge.cut(try $0.token(by: "ES256"), signature: Forge.der)
      },
      ForgedToken("the signature of a stranger's RSA key", "a wrong signature") {
        try $0.signed(Array(Forge.header("RS256").utf8), Array(Forge.payload().utf8), by: "stranger")
      },
      ForgedToken("other claims under a good signature", "a wrong signature") {
        let parts = try $0.token().split(separator: UInt8(ascii: "."))
        let claims = Array(Base64URL.encode(Forge.payload(["role": "\"ADMIN\""]).utf8).utf8)
        return Array([Array(parts[0]), claims, Array(parts[2])].joined(separator: [UInt8(ascii: ".")]))
      },
    ]

  /// RFC 8725 §3.5, §3.8, §3.10; RFC 7515 §4.1.2 ff.
  static let keys: [ForgedToken] =
    [
      "../../../../dev/null", "/etc/passwd", "' OR '1'='1", "RS256' UNION SELECT 'x", "$(id)", "unknown", "rs256", "RS256 ",
      " RS256", "*",
      "ＲＳ256", "HS256/../RS256",
    ].map { id in
      ForgedToken("kid \"\(id)\"", .unknownKey) { try $0.token(header: "{\"alg\":\"RS256\",\"kid\":\"\(id)\"}") }
    }
    + ["RS256\\u0000", "RS256\\n", "\\u202eRS256", "", String(repeating: "k", count: 300)].map { id in
      ForgedToken("odd kid \"\(id.prefix(20))\"", "an odd kid") { try $0.token(header: "{\"alg\":\"RS256\",\"kid\":\"\(id)\"}") }
    } + [
      .header("no kid, and there are several keys", "{\"alg\":\"RS256\"}", "no kid, and several keys"),
      .header("a kid that is a number", "{\"alg\":\"RS256\",\"kid\":1}", "an odd kid"),
      .header("a kid that is null", "{\"alg\":\"RS256\",\"kid\":null}", "an odd kid"),
      .header("a kid that is a list", "{\"alg\":\"RS256\",\"kid\":[\"RS256\"]}", "an odd kid"),
      ForgedToken("a key of its own (jwk)", "the header brings a key") {
        try $0.token(
          header: "{\"alg\":\"RS256\",\"kid\":\"RS256\",\"jwk\":{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}}", by: "stranger")
      },
      ForgedToken("keys elsewhere (jku)", "the header brings a key") {
        try $0.token(header: "{\"alg\":\"RS256\",\"kid\":\"RS256\",\"jku\":\"https://evil.example/jwks\"}", by: "stranger")
      },
      .header(
        "keys elsewhere, signed well (jku)", "{\"alg\":\"RS256\",\"kid\":\"RS256\",\"jku\":\"http://127.0.0.1/\"}",
        "the header brings a key"),
      .header(
        "a certificate elsewhere (x5u)", "{\"alg\":\"RS256\",\"kid\":\"RS256\",\"x5u\":\"https://evil.example/c\"}",
        "the header brings a key"),
      .header(
        "a certificate of its own (x5c)", "{\"alg\":\"RS256\",\"kid\":\"RS256\",\"x5c\":[\"MIIB\"]}", "the header brings a key"),
    ]

  static let headers: [ForgedToken] = [
    .header("crit", "{\"alg\":\"RS256\",\"kid\":\"RS256\",\"crit\":[\"exp\"],\"exp\":1}", "the header has an extension"),
    .header("an empty crit", "{\"alg\":\"RS256\",\"kid\":\"RS256\",\"crit\":[]}", "the header has an extension"),
    .header("b64", "{\"alg\":\"RS256\",\"kid\":\"RS256\",\"b64\":false}", "the header has an extension"),
    .header("a token inside (cty)", "{\"alg\":\"RS256\",\"kid\":\"RS256\",\"cty\":\"JWT\"}", "the header has an extension"),
    .header("compressed (zip)", "{\"alg\":\"RS256\",\"kid\":\"RS256\",\"zip\":\"DEF\"}", "the header has an extension"),
    .header("encrypted (enc)", "{\"alg\":\"RS256\",\"kid\":\"RS256\",\"enc\":\"A128GCM\"}", "the header has an extension"),
    .header("another typ", "{\"alg\":\"RS256\",\"kid\":\"RS256\",\"typ\":\"JWE\"}", "not of the type JWT"),
    .header("a logout token", "{\"alg\":\"RS256\",\"kid\":\"RS256\",\"typ\":\"logout+jwt\"}", "not of the type JWT"),
    .header("a typ that is a number", "{\"alg\":\"RS256\",\"kid\":\"RS256\",\"typ\":1}", "not of the type JWT"),
    .header("alg twice", "{\"alg\":\"none\",\"alg\":\"RS256\",\"kid\":\"RS256\"}", "the header is not an object"),
    .header(
      "alg twice, once in disguise", "{\"alg\":\"RS256\",\"\\u0061lg\":\"none\",\"kid\":\"RS256\"}", "the header is not an object"
    ),
    .header("kid twice", "{\"alg\":\"RS256\",\"kid\":\"x\",\"kid\":\"RS256\"}", "the header is not an object"),
    .header("a list", "[{\"alg\":\"RS256\",\"kid\":\"RS256\"}]", "the header is not an object"),
    .header("a text", "\"RS256\"", "the header is not an object"),
    .header("nothing", "", "the header is not an object"),
    .header("something behind the object", "{\"alg\":\"RS256\",\"kid\":\"RS256\"}x", "the header is not an object"),
    .header("a NUL behind the object", "{\"alg\":\"RS256\",\"kid\":\"RS256\"}\0", "the header is not an object"),
    .header("a byte order mark", "\u{FEFF}{\"alg\":\"RS256\",\"kid\":\"RS256\"}", "the header is not an object"),
    .header("a comma too many", "{\"alg\":\"RS256\",\"kid\":\"RS256\",}", "the header is not an object"),
    .header("a comment", "{\"alg\":\"RS256\",\"kid\":\"RS256\"/**/}", "the header is not an object"),
    .header("quotes of one stroke", "{'alg':'RS256','kid':'RS256'}", "the header is not an object"),
    .header("nested deeply", "{\"alg\":\"RS256\",\"x\":\(String(repeating: "[", count: 2000))", "the header is not an object"),
    ForgedToken("a header that is no UTF-8", "the header is not an object") {
      try $0.signed(
        Array("{\"alg\":\"RS256\",\"kid\":\"".utf8) + [0xC0, 0xAE] + Array("\"}".utf8), Array(Forge.payload().utf8), by: "RS256")
    },
  ]
}
