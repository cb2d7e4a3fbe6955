import Resilience
import TestSupport
import Testing

@testable import Identity

/// The keys of all tests here: making them takes a while.
private let sharedForge = Task { try await Forge.make() }

@Suite struct TokenVerifierTests {
  @Test(arguments: ForgedToken.all) func aForgedOrOddTokenIsRefused(token: ForgedToken) async throws {
    let forge = try await sharedForge.value
    #expect(forge.fault(try token.make(forge)) == token.fault)
  }

  @Test func thereAreEnoughOfThem() { #expect(ForgedToken.all.count >= 200) }

  @Test(arguments: SignatureAlgorithm.allCases) func aGoodTokenIsTaken(algorithm: SignatureAlgorithm) async throws {
    let forge = try await sharedForge.value
    let token = try forge.token(by: algorithm.rawValue)
    let principal = try forge.judge(token)
    #expect(principal.subject == "ada@example.org" && principal.role == .user && principal.proof == .token)
    // When it is refused: the leeway is over as well.
    #expect(principal.expires == Timestamp(milliseconds: 1_750_000_630_000))
    #expect(principal.digest == CredentialDigest(of: token) && principal.userID == nil && principal.scopes == [])
  }

  @Test(arguments: [
    ("role", "\"ROLE_ADMIN\""), ("role", "[\"offline_access\",\"ADMIN\"]"), ("role", "[\"USER\",\"ROLE_ADMIN\"]"),
    ("exp", "1749999971"),
    ("exp", "1750000600.5"), ("exp", "1.7500006e9"), ("nbf", "1750000030"), ("iat", "1750000030.0"),
    ("aud", "[\"x\",\"tributary\"]"),
    ("uid", "9223372036854775807"), ("uid", "\"7\""), ("sub", "\"Зоя\""), ("sub", "\"a\\ud83d\\ude00b\""), ("nbf", nil),
    ("iat", nil),
    ("x", "{\"realm\":{\"roles\":[\"a\"],\"deep\":[[[1,-0.5e-3,true,false,null]]]}}"), ("x", "\"\\u0000\""),
  ]) func oddIsNotAlwaysWrong(name: String, json: String?) async throws {
    let forge = try await sharedForge.value
    #expect(forge.fault(try forge.token([name: json])) == nil)
  }

  @Test(arguments: ["jwt", "JWT", "at+jwt", "AT+JWT"]) func aTypeOfTokenIsTaken(type: String) async throws {
    let forge = try await sharedForge.value
    #expect(
      forge.fault(try forge.token(header: "{\"typ\":\"\(type)\",\"alg\":\"RS256\",\"kid\":\"RS256\",\"x5t\":\"x\"}")) == nil)
  }

  @Test func roleAndUserComeFromTheClaims() async throws {
    let forge = try await sharedForge.value
    #expect(try forge.judge(forge.token(["role": "[\"ROLE_USER\",\"ROLE_ADMIN\"]"])).role == .admin)
    #expect(try forge.judge(forge.token(["role": "\"ROLE_USER\"", "uid": "\"42\""])).userID == 42)
    #expect(try forge.judge(forge.token(["uid": "9223372036854775807"])).userID == .max)
  }

  @Test func whatIsNotSetIsNotAsked() async throws {
    let forge = try await sharedForge.value
    var open = TokenConfiguration()
    open.requiresExpiry = false
    let token = try forge.token(["iss": nil, "aud": nil, "exp": nil, "uid": "\"x\""])
    #expect(try forge.judge(token, open).expires == nil)
    // What is there must still be what it ought to be.
    #expect(forge.fault(try forge.token(["aud": "1"]), open) != nil)
    #expect(forge.fault(try forge.token(["iss": "[]"]), open) != nil)
    #expect(forge.fault(try forge.token(["exp": "0"]), open) == .expired)
  }

  @Test func claimsHaveTheNamesThatTheConfigurationGivesThem() async throws {
    let forge = try await sharedForge.value
    var other = Forge.configuration
    (other.subjectClaim, other.roleClaim) = ("email", "https://example.org/role")
    let token = try forge.token([
      "email": "\"bob@example.org\"", "https://example.org/role": "\"ADMIN\"", "sub": nil, "role": nil,
    ])
    let principal = try forge.judge(token, other)
    #expect(principal.subject == "bob@example.org" && principal.role == .admin)
  }

  @Test func whereThereIsOneKeyATokenNeedNotNameIt() async throws {
    let forge = try await sharedForge.value
    let definition = try #require(forge.definitions.first { $0.id == "HS256" })
    let one = KeySet([try await definition.key()])
    func fault(_ header: String, _ keys: KeySet) throws -> TokenFault? {
      let token = try forge.token(header: header, by: "HS256")
      do throws(TokenFault) {
        _ = try TokenVerifier(Forge.configuration).verify(token, with: keys, at: Forge.now, digest: CredentialDigest(of: token))
        return nil
      } catch { return error }
    }
    #expect(try fault("{\"alg\":\"HS256\"}", one) == nil)
    #expect(try fault("{\"alg\":\"HS256\",\"kid\":\"HS256\"}", one) == nil)
    #expect(try fault("{\"alg\":\"HS256\",\"kid\":\"other\"}", one) == .unknownKey)
    #expect(try fault("{\"alg\":\"HS384\"}", one) == .invalid(reason: "not the algorithm of the key"))
    #expect(try fault("{\"alg\":\"HS256\"}", KeySet()) == .unknownKey)
    #expect(
      try fault("{\"alg\":\"HS256\"}", KeySet([await definition.key()], requiresName: true))
        == .invalid(reason: "no kid, and several keys"))
  }

  /// Every bit of a token with a signature that is quick to check.
  @Test func noBitOfAGoodTokenCanBeTurned() async throws {
    let forge = try await sharedForge.value
    let good = try forge.token(by: "HS256")
    for place in good.indices {
      for bit in 0..<8 {
        var token = good
        token[place] ^= 1 << bit
        #expect(forge.fault(token) != nil, "bit \(bit) of byte \(place)")
      }
    }
  }

  @Test(arguments: SignatureAlgorithm.allCases) func noTokenSurvivesAMutation(algorithm: SignatureAlgorithm) async throws {
    let forge = try await sharedForge.value
    let good = try forge.token(by: algorithm.rawValue)
    var random = SeededGenerator(seed: 8725)
    for _ in 0..<150 {
      var token = good
      let place = random.draw(0..<token.count)
      switch random.draw(0..<5) {
      case 0: token[place] ^= 1 << random.draw(0..<8)
      case 1: token.remove(at: place)
      case 2: token.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
      case 3: token.removeLast(token.count - place)
      default: token.replaceSubrange(place..<min(place + 8, token.count), with: random.bytes(8))
      }
      if token != good { #expect(forge.fault(token) != nil, "\(String(decoding: token, as: UTF8.self))") }
    }
  }

  /// What is random altogether must not end the process, whatever else.
  @Test func noiseIsRefused() async throws {
    let forge = try await sharedForge.value
    var random = SeededGenerator(seed: 7515)
    let pieces = [
      "{", "}", "[", "]", "\"", ":", ",", "1e999", "-", "\\u", "\\ud800", "null", "alg", "exp", "\u{FEFF}", " ", "0.",
    ]
    for _ in 0..<3000 {
      let json = (0..<random.draw(0..<30)).map { _ in random.pick(pieces) }.joined()
      #expect(forge.fault(try forge.signed(Array(json.utf8), random.bytes(random.draw(0..<40)), by: "HS256")) != nil)
      #expect(forge.fault(try forge.token(payload: Array(json.utf8), by: "HS256")) != nil)
    }
  }
}
