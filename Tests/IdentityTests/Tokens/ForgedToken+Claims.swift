@testable import Identity

extension ForgedToken {
  /// What a token looks like from outside.
  static let forms: [ForgedToken] = [
    ForgedToken("nothing", "not three parts") { _ in [] },
    ForgedToken("two dots", "no signature") { _ in Array("..".utf8) },
    ForgedToken("one part", "not three parts") { Array(try $0.token().prefix { $0 != UInt8(ascii: ".") }) },
    ForgedToken("two parts", "not three parts") {
      let token = try $0.token()
      return Array(token[..<(token.lastIndex(of: UInt8(ascii: ".")) ?? 0)])
    },
    ForgedToken("four parts", "not three parts") { try $0.token() + Array(".e30".utf8) },
    ForgedToken("a dot at the end", "not three parts") { try $0.token() + Array(".".utf8) },
    ForgedToken("a dot at the start", "not three parts") { Array(".".utf8) + (try $0.token()) },
    ForgedToken("five parts, an encrypted token", "not three parts") { _ in
      Array("\(Base64URL.encode("{\"alg\":\"dir\",\"enc\":\"A128GCM\"}".utf8))..AAAA.AAAA.AAAA".utf8)
    },
    ForgedToken("1 MB", "too long") { try $0.token(["x": "\"\(String(repeating: "x", count: 1 << 20))\""]) },
    ForgedToken("1 MB of dots", "too long") { _ in [UInt8](repeating: UInt8(ascii: "."), count: 1 << 20) },
    ForgedToken("8 KB and a byte", "too long") { _ in [UInt8](repeating: UInt8(ascii: "A"), count: 8193) },
    ForgedToken("padding behind the signature", "the signature is not base64url") { try $0.token() + Array("==".utf8) },
    ForgedToken("padding behind the header", "the header is not base64url") { try Forge.replacing($0.token(), ".", "=.") },
    ForgedToken("a blank behind it", "the signature is not base64url") { try $0.token() + [0x20] },
    ForgedToken("a blank before it", "the header is not base64url") { [0x20] + (try $0.token()) },
    ForgedToken("a line end behind it", "the signature is not base64url") { try $0.token() + [0x0D, 0x0A] },
    ForgedToken("a NUL behind it", "the signature is not base64url") { try $0.token() + [0] },
    ForgedToken("a letter behind it", "a wrong signature") { try $0.token(by: "HS256") + Array("A".utf8) },
    ForgedToken("the other alphabet", "the signature is not base64url") {
      var token = try $0.token(by: "EdDSA")
      token[token.count - 3] = UInt8(ascii: "+")
      return token
    },
    ForgedToken("bits behind the last byte", "the signature is not base64url") {
      var token = try $0.token(by: "HS256")
      // 32 bytes are 43 characters: the last has two bits too many.
      token[token.count - 1] = token[token.count - 1] == UInt8(ascii: "A") ? UInt8(ascii: "B") : token[token.count - 1] + 1
      return token
    },
    ForgedToken("bytes that are no ASCII", "the header is not base64url") { _ in Array("é.é.é".utf8) },
    ForgedToken("bytes that are no UTF-8", "the header is not base64url") { _ in [0xFF, 0x2E, 0xFE, 0x2E, 0x80] },
  ]

  /// RFC 7519 §4.1.4 ff.
  static let times: [ForgedToken] =
    [
      ("exp", "\"1750000600\""), ("exp", "1e99"), ("exp", "1e999"), ("exp", "-1"), ("exp", "null"), ("exp", "true"),
      ("exp", "[1750000600]"), ("exp", "{}"), ("exp", "9223372036854775807"), ("exp", "99999999999999999999999999"),
      ("exp", "253402300800"), ("nbf", "\"0\""), ("nbf", "null"), ("nbf", "1e99"), ("iat", "\"now\""), ("iat", "-5"),
      ("iat", "1e300"), ("iat", "false"),
    ].map { name, json in .claim(name, json, "a time that is none") }
    + [
      "NaN", "Infinity", "-Infinity", "0x684EE180", "01750000600", "+1750000600", "1750000600.", ".5", "1_750_000_600", "1e", "",
    ].map {
      .claim("exp", $0, "the claims are not an object")
    }
    + [
      .claim("exp", nil, "no expiry"), .claim("nbf", "1750000031", "not valid yet"),
      .claim("nbf", "253402300799", "not valid yet"),
      .claim("iat", "1750000031", "issued in the future"), .claim("iat", "4000000000", "issued in the future"),
      ForgedToken("exp: over for the leeway and a bit", .expired) { try $0.token(["exp": "1749999970"]) },
      ForgedToken("exp: 0", .expired) { try $0.token(["exp": "0"]) },
      ForgedToken("exp: -0", .expired) { try $0.token(["exp": "-0"]) },
      ForgedToken("exp: years ago", .expired) { try $0.token(["exp": "1.6e9"]) },
    ]

  static let issuers: [ForgedToken] =
    ["\"https://issuer.example/\"", "\"https://ISSUER.example\"", "\"\"", "\"https://issuer.example\\u0000\""].map {
      .claim("iss", $0, "another issuer")
    }
    + ["[\"https://issuer.example\"]", "1", "null", "{}"].map { .claim("iss", $0, "an issuer that is no text") }
    + ["\"Tributary\"", "\"other\"", "[]", "[\"other\",\"another\"]", "\"tributary \"", "\"\""].map {
      .claim("aud", $0, "another audience")
    }
    + ["1", "null", "{\"tributary\":true}", "[\"tributary\",1]", "[[\"tributary\"]]", "true"].map {
      .claim("aud", $0, "an audience that is neither a text nor texts")
    }
    + [.claim("iss", nil, "another issuer"), .claim("aud", nil, "no audience")]

  static let roles: [ForgedToken] =
    ([
      "\"admin\"", "\"Admin\"", "\"ADMIN \"", "\"ROOT\"", "\"\"", "\"ADMIN,USER\"", "\"ROLE_ROLE_ADMIN\"",
      "\"ADMI\\u004E\\u0000\"", "1",
      "null", "true", "{}", "[]", "[\"OTHER\"]", "[1]", "[\"ADMIN\",1]", "[[\"ADMIN\"]]", "\"ＡＤＭＩＮ\"", nil,
    ] as [String?]).map { .claim("role", $0, "no role that is known") }
    + ([
      "\"\"", "1", "null", "[\"ada\"]", "\"a\\u0000b\"", "\"a\\nb\"", "\"a\\u007fb\"", "\"a\\u0085b\"", "\"\\u202eada\"",
      "\"a\\u2028b\"",
      "\"\(String(repeating: "a", count: 600))\"", nil,
    ] as [String?]).map { .claim("sub", $0, "no subject, or an odd one") }
    + ["0", "-1", "1.0", "1e3", "\"abc\"", "\"\"", "\"07\"", "9223372036854775808", "null", "[7]", "\"7 \"", "\"７\""].map {
      .claim("uid", $0, "an odd user id")
    }

  static let payloads: [ForgedToken] =
    ([
      ("a list", "[]"), ("a text", "\"ada\""), ("null", "null"), ("nothing", ""),
      ("a claim twice", "{\"sub\":\"a\",\"sub\":\"b\"}"),
      ("a claim twice, once in disguise", "{\"role\":\"USER\",\"r\\u006fle\":\"ADMIN\"}"),
      ("a claim twice, deep inside", "{\"x\":{\"a\":1,\"a\":2}}"), ("half a pair of code units", "{\"sub\":\"\\ud800\"}"),
      ("a control character", "{\"sub\":\"a\u{1}\"}"), ("cut off", "{\"sub\":\"ada\""), ("something behind", "{}{}"),
      ("a byte order mark", "\u{FEFF}{}"), ("nested 5,000 deep", String(repeating: "[", count: 5000)),
      ("nested 17 deep", String(repeating: "[", count: 17) + String(repeating: "]", count: 17)),
      ("objects nested 800 deep", String(repeating: "{\"a\":", count: 800)), ("a bad escape", "{\"sub\":\"\\x41\"}"),
    ] as [(String, String)]).map { name, json in
      ForgedToken("claims: \(name)", "the claims are not an object") { try $0.token(payload: Array(json.utf8)) }
    } + [
      ForgedToken("claims that are no UTF-8", "the claims are not an object") {
        try $0.token(payload: Array("{\"sub\":\"".utf8) + [0xED, 0xA0, 0x80] + Array("\"}".utf8))
      },
      ForgedToken("claims that are no base64url, signed well", "the claims are not base64url") {
        let input = Array("\(Base64URL.encode(Forge.header("RS256").utf8)).e30=".utf8)
        return Forge.joined(input, try $0.signature(of: input, by: "RS256"))
      },
      ForgedToken("no claims at all, signed well", "the claims are not an object") {
        let input = Array("\(Base64URL.encode(Forge.header("RS256").utf8)).".utf8)
        return Forge.joined(input, try $0.signature(of: input, by: "RS256"))
      },
    ]
}
