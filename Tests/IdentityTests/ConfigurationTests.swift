import Foundation
import Resilience
import Settings
import Testing

@testable import Identity

@Suite struct ConfigurationTests {
  private func read(_ yaml: String, _ environment: [String: String] = [:]) -> (IdentityConfiguration, [String]) {
    let settings = SettingsReader(SettingsSources(file: "x.yaml", environment: environment), yaml: Array(yaml.utf8))
    let configuration = IdentityConfiguration(reading: settings)
    return (configuration, settings.problems().map(\.description))
  }

  private func jwt(_ lines: String) -> String {
    "authentication:\n  modes: [jwt]\n  jwt:\n" + lines.split(separator: "\n").map { "    \($0)\n" }.joined()
  }

  private static let variable = "TRIBUTARY_AUTHENTICATION_JWT_KEYS_USERS_SECRET"

  @Test func byDefaultNobodyIsAsked() {
    let (configuration, problems) = read("")
    #expect(configuration == IdentityConfiguration() && !configuration.isEnabled && configuration.allowsAnonymous)
    #expect(problems == [] && configuration.warnings == [])
  }

  @Test func theUsersServiceNeedsFourLinesAndASecret() throws {
    let (configuration, problems) = read(
      "authentication: {modes: [jwt], jwt: {keys: {users: {algorithm: HS256}}}}", [Self.variable: TestKeys.secret])
    #expect(problems == [])
    #expect(configuration.modes == [.jwt] && configuration.isEnabled && !configuration.allowsAnonymous)
    #expect(
      configuration.tokens.keys == [
        KeyDefinition(id: "users", algorithm: .hs256, source: .secret(Secret(TestKeys.secret), .text))
      ])
    #expect(configuration.warnings.count == 2)
    #expect(!"\(configuration)".contains(TestKeys.secret))
  }

  @Test func everyKeyIsRead() throws {
    let (configuration, problems) = read(
      """
      authentication:
        modes: [none, jwt, api_key]
        remember: 10s
        jwt:
          issuer: https://issuer.example
          audience: [tributary, dashboard]
          require_expiry: false
          leeway: 60s
          max_token: 4KB
          subject_claim: email
          role_claim: roles
          user_id_claim: uid
          jwks_url: http://issuer.example/keys
          jwks_refresh: 1h
          jwks_algorithm: RS256
        api_keys:
          file: /nonexistent/keys
      """)
    #expect(problems == [])
    var expected = IdentityConfiguration()
    expected.modes = [.none, .jwt, .apiKey]
    expected.remember = .seconds(10)
    expected.apiKeyFile = "/nonexistent/keys"
    expected.tokens.issuer = "https://issuer.example"
    expected.tokens.audiences = ["tributary", "dashboard"]
    expected.tokens.requiresExpiry = false
    expected.tokens.leeway = .seconds(60)
    expected.tokens.maxToken = 4096
    (expected.tokens.subjectClaim, expected.tokens.roleClaim, expected.tokens.userIDClaim) = ("email", "roles", "uid")
    var remote = RemoteKeysConfiguration(url: try #require(BaseURL("http://issuer.example/keys")))
    (remote.refresh, remote.rsaAlgorithm) = (.seconds(3600), .rs256)
    expected.tokens.remote = remote
    #expect(configuration == expected)
    #expect(configuration.warnings.count == 2)
  }

  @Test(arguments: [
    ("authentication: {modes: []}", "no mode"), ("authentication: {modes: [jwt]}", "no key"),
    ("authentication: {modes: [apikey]}", "apikey"),
    ("authentication: {modes: [api_key]}", "api_keys.file: found nothing"), ("authentication: {remember: 61s}", "remember"),
    ("authentication: {jwt: {leeway: 61s}}", "leeway"), ("authentication: {jwt: {max_token: 17KB}}", "max_token"),
    ("authentication: {jwt: {jwks_url: 'ftp://x'}}", "jwks_url"), ("authentication: {jwt: {jwks_refresh: 29s}}", "jwks_refresh"),
    ("authentication: {jwt: {jwks_algorithm: ES256}}", "jwks_algorithm"), ("authentication: {jwt: {issuer: ''}}", "issuer"),
    ("authentication: {jwt: {keys: {a: {}}}}", "algorithm: found nothing"),
    ("authentication: {jwt: {keys: {a: {algorithm: none}}}}", "none"),
    ("authentication: {jwt: {keys: {a: {algorithm: rs256}}}}", "rs256"),
    ("authentication: {jwt: {keys: {a: {algorithm: RS256}}}}", "file: found nothing"),
    ("authentication: {jwt: {keys: {users: {algorithm: HS256}}}}", "secret: found nothing"),
    ("authentication: {jwt: {keys: {users: {algorithm: HS256, secret: hunter2}}}}", "a secret in the YAML file"),
    ("authentication: {jwt: {keys: {users: {algorithm: HS256, file: x.pem}}}}", "a file for HS256"),
    ("authentication: {jwt: {keys: {a: {algorithm: RS256, file: /nonexistent}}}}", "no such file"),
  ]) func whatIsWrongIsSaid(yaml: String, part: String) {
    let problems = read(yaml).1
    #expect(problems.count == 1 && problems.joined().contains(part), "\(problems)")
  }

  @Test(arguments: [
    (String(repeating: "x", count: 31), "HS256", "fewer than 32"), (String(repeating: "x", count: 47), "HS384", "fewer than 48"),
    (String(repeating: "x", count: 63), "HS512", "fewer than 64"), (TestKeys.publicRSA, "HS256", "a PEM, which is no secret"),
    (String(repeating: "x", count: 64), "RS256", "a secret for RS256"),
  ]) func aBadSecretIsRefusedAndNotPrinted(secret: String, algorithm: String, part: String) {
    let problems = read("authentication: {jwt: {keys: {users: {algorithm: \(algorithm)}}}}", [Self.variable: secret]).1
    #expect(problems.count == 1 && problems.joined().contains(part) && !problems.joined().contains("xxxx"), "\(problems)")
  }

  @Test func aSecretMayBeWrittenInBase64() async throws {
    let yaml = "authentication: {jwt: {keys: {users: {algorithm: HS256, secret_encoding: base64}}}}"
    let bytes = (0..<32).map { UInt8($0 * 8) }
    for text in [Data(bytes).base64EncodedString(), Base64URL.encode(bytes)] {
      let (configuration, problems) = read(yaml, [Self.variable: text])
      #expect(problems == [])
      guard case .secret(let read) = try #require(configuration.tokens.keys.first).material() else {
        throw KeyFault(reason: "no secret")
      }
      #expect(read == bytes)
    }
    #expect(read(yaml, [Self.variable: TestKeys.secret]).1.joined().contains("no base64"))
    #expect(read(yaml, [Self.variable: Base64URL.encode(bytes.dropLast())]).1.joined().contains("fewer than 32"))
  }

  private func problems(_ pem: String, _ algorithm: SignatureAlgorithm, in folder: String) throws -> [String] {
    try Data(pem.utf8).write(to: URL(fileURLWithPath: "\(folder)/key"))
    return read(jwt("keys: {a: {algorithm: \(algorithm.rawValue), file: \(folder)/key}}")).1
  }

  @Test func aPEMFileMustBeAPublicKeyOfItsAlgorithm() async throws {
    let forge = try await Forge.make()
    try await withFolder { folder in
      for algorithm in SignatureAlgorithm.allCases where algorithm.family == .rsa {
        let bare = try problems(TestKeys.publicRSA, algorithm, in: folder)
        let certified = try problems(TestKeys.certificateRSA, algorithm, in: folder)
        #expect(bare == [] && certified == [])
      }
      for definition in forge.definitions {
        guard case .pem(let text) = definition.source else { continue }
        for algorithm in SignatureAlgorithm.allCases where algorithm.family != .secret {
          let fits = algorithm == definition.algorithm || algorithm.family == .rsa && definition.algorithm.family == .rsa
          let found = try problems(text, algorithm, in: folder)
          #expect(found.isEmpty == fits, "\(definition.id) as \(algorithm)")
        }
      }
      let isPrivate = try problems(TestKeys.privateRSA, .rs256, in: folder)
      let isShort = try problems(TestKeys.shortRSA, .rs256, in: folder)
      #expect(isPrivate.joined().contains("a private key") && isShort.joined().contains("2048 bits"))
      for text in [
        "", "x", TestKeys.secret, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "-----BEGIN CERTIFICATE-----",
      ] {
        for algorithm: SignatureAlgorithm in [.rs256, .ps512, .es256, .edDSA] {
          let found = try problems(text, algorithm, in: folder)
          #expect(found.count == 1, "\(text)")
        }
      }
    }
  }

  @Test func aKeyIsCalledByItsNameOrByWhatItSays() async throws {
    try await withFolder { folder in
      try Data(TestKeys.publicRSA.utf8).write(to: URL(fileURLWithPath: "\(folder)/key"))
      let key = "algorithm: RS256, file: \(folder)/key"
      #expect(read(jwt("keys: {a: {\(key)}, b: {\(key), kid: 2026-Key/B}}")).0.tokens.keys.map(\.id) == ["a", "2026-Key/B"])
      #expect(read(jwt("keys: {a: {\(key)}, b: {\(key), kid: a}}")).1.joined().contains("the kid of another key"))
    }
  }

  @Test func aFileOfAPIKeysMustMakeSense() async throws {
    try await withFolder { folder in
      let yaml = "authentication: {modes: [api_key], api_keys: {file: \(folder)/keys}}"
      #expect(read(yaml).1 == [])
      try Data("{}".utf8).write(to: URL(fileURLWithPath: "\(folder)/keys"))
      #expect(read(yaml).1.joined().contains("no list of API keys (line 1)"))
    }
  }
}
