import NIOCore
import NIOPosix
import Resilience
import Settings
import Testing

@testable import Identity

private let sharedForge = Task { try await Forge.make() }

@Suite struct RemoteKeysTests {
  private static func configuration(port: Int, pause: Duration = .seconds(30)) throws -> IdentityConfiguration {
    var configuration = IdentityConfiguration()
    configuration.modes = [.jwt]
    configuration.tokens = Forge.configuration
    var remote = RemoteKeysConfiguration(url: try #require(BaseURL("http://127.0.0.1:\(port)/.well-known/jwks.json")))
    remote.pause = pause
    configuration.tokens.remote = remote
    return configuration
  }

  private static func isGood(_ event: IdentityEvent) -> Bool { !event.isTrouble }

  @Test func theFirstRequestWaitsForTheKeysAndStaysOnItsLoop() async throws {
    let forge = try await sharedForge.value
    try await withLoops { group in
      let server = try await KeyServer.start(
        (200, KeyServer.document([forge.jwk("RS256", ",\"alg\":\"RS256\",\"use\":\"sig\""), forge.jwk("ES256")])), on: group)
      try await Scene.with(Self.configuration(port: server.port), on: group) { scene in
        let tokens = [try forge.token(), try forge.token(by: "ES256")]
        async let first = scene.authenticate(.bearer(tokens[0]))
        async let second = scene.authenticate(.bearer(tokens[1]), on: 1)
        let both = await [first, second]
        #expect(both.allSatisfy { $0.value != nil })
        // The key says RS256, and is asked for nothing else.
        let other = try forge.token(header: "{\"alg\":\"PS256\",\"kid\":\"RS256\"}", by: "PS256")
        #expect(await scene.authenticate(.bearer(other)).failure == .invalid(reason: "not the algorithm of the key"))
      }
      #expect(server.asked == 1)
      try await server.stop()
    }
  }

  @Test func anUnknownKeyIsLookedForOnceAndNotAgainSoSoon() async throws {
    let forge = try await sharedForge.value
    try await withLoops { group in
      let server = try await KeyServer.start((200, KeyServer.document([forge.jwk("ES256")])), on: group)
      try await Scene.with(Self.configuration(port: server.port), on: group) { scene in
        for number in 0..<50 {
          let token = try forge.token(header: "{\"alg\":\"RS256\",\"kid\":\"made-up-\(number)\"}")
          #expect(await scene.authenticate(.bearer(token), on: number % 2).failure == .invalid(reason: "no such key"))
        }
      }
      #expect(server.asked == 1)
      try await server.stop()
    }
  }

  @Test func aNewKeyIsTakenUpAndAnOldOneForgottenWithWhatItProved() async throws {
    let forge = try await sharedForge.value
    try await withLoops { group in
      let server = try await KeyServer.start((200, KeyServer.document([forge.jwk("ES256")])), on: group)
      try await Scene.with(Self.configuration(port: server.port, pause: .zero), on: group) { scene in
        let (old, new) = (Credentials.bearer(try forge.token(by: "ES256")), Credentials.bearer(try forge.token(by: "EdDSA")))
        #expect(await scene.authenticate(old).value != nil)
        #expect(await scene.authenticate(old, on: 1).value != nil)
        server.publish([forge.jwk("EdDSA")])
        #expect(await scene.authenticate(new).value != nil)
        for loop in 0...1 {
          #expect(try await scene.remembered(old, on: loop) == nil)
          #expect(await scene.authenticate(old, on: loop).failure == .invalid(reason: "no such key"))
        }
      }
      try await server.stop()
    }
  }

  @Test func anotherKeyUnderTheSameNameIsAnotherKey() async throws {
    let forge = try await sharedForge.value
    let stranger = try await Forge.make()
    try await withLoops { group in
      let server = try await KeyServer.start((200, KeyServer.document([forge.jwk("ES256")])), on: group)
      try await Scene.with(Self.configuration(port: server.port, pause: .zero), on: group) { scene in
        let old = Credentials.bearer(try forge.token(by: "ES256"))
        #expect(await scene.authenticate(old).value != nil)
        server.publish([stranger.jwk("ES256")])
        // Makes it look.
        _ = try await scene.authenticate(.bearer(forge.token(header: "{\"alg\":\"ES256\",\"kid\":\"new\"}", by: "ES256")))
        #expect(try await scene.remembered(old) == nil)
        #expect(await scene.authenticate(old).failure == .invalid(reason: "a wrong signature"))
        #expect(try await scene.authenticate(.bearer(stranger.token(by: "ES256"))).value != nil)
      }
      try await server.stop()
    }
  }

  @Test(arguments: [
    (500, ""), (302, ""), (200, ""), (200, "{}"), (200, "{\"keys\":[]}"), (200, "{\"keys\":{}}"), (200, "[]"), (200, "<html>"),
    (200, "{\"keys\":[\(String(repeating: " ", count: 1 << 20))]}"),
    (200, "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"ES256\",\"k\":\"AQAB\"}]}"),
  ]) func keysAreKeptWhenAFetchFails(status: Int, body: String) async throws {
    let forge = try await sharedForge.value
    try await withLoops { group in
      let server = try await KeyServer.start((200, KeyServer.document([forge.jwk("ES256")])), on: group)
      try await Scene.with(Self.configuration(port: server.port, pause: .zero), on: group) { scene in
        let good = Credentials.bearer(try forge.token(by: "ES256"))
        #expect(await scene.authenticate(good).value != nil)
        server.publish((status, body))
        #expect(try await scene.authenticate(.bearer(forge.token())).failure == .invalid(reason: "no such key"))
        #expect(await scene.event(\.isTrouble) != nil)
        #expect(try await scene.remembered(good) != nil)
        #expect(await scene.authenticate(good, at: Forge.now.after(61)).value != nil)
      }
      try await server.stop()
    }
  }

  @Test func aKeyOfOursNeedsNoIssuerButMustBeNamedBesideOne() async throws {
    let forge = try await sharedForge.value
    try await withLoops { group in
      let server = try await KeyServer.start(nil, on: group)
      var configuration = try Self.configuration(port: server.port)
      configuration.tokens.keys = forge.definitions.filter { $0.id == "HS256" }
      try await Scene.with(configuration, on: group) { scene in
        let named = Credentials.bearer(try forge.token(by: "HS256"))
        let unnamed = Credentials.bearer(try forge.token(header: "{\"alg\":\"HS256\"}", by: "HS256"))
        // The issuer does not answer, and is not waited for.
        #expect(await scene.authenticate(named).value != nil)
        #expect(await scene.authenticate(unnamed).failure == .invalid(reason: "no kid, and several keys"))
      }
      try await server.stop()
    }
  }

  /// The issuer is not asked to vouch for a key that the configuration has.
  @Test func theConfigurationsKeyStandsAgainstTheIssuers() async throws {
    let forge = try await sharedForge.value
    let stranger = try await Forge.make()
    try await withLoops { group in
      let server = try await KeyServer.start(
        (200, KeyServer.document([stranger.jwk("ES256"), stranger.jwk("ES256", kid: "HS256"), stranger.jwk("ES384")])), on: group)
      var configuration = try Self.configuration(port: server.port)
      configuration.tokens.keys = forge.definitions.filter { ["ES256", "HS256"].contains($0.id) }
      try await Scene.with(configuration, on: group) { scene in
        let (new, own) = (try stranger.token(by: "ES384"), try forge.token(by: "ES256"))
        let foreign = try stranger.token(by: "ES256")
        #expect(await scene.authenticate(.bearer(new)).value != nil)
        #expect(await scene.authenticate(.bearer(own)).value != nil)
        #expect(await scene.authenticate(.bearer(foreign)).failure == .invalid(reason: "a wrong signature"))
        let confused = try stranger.token(header: "{\"alg\":\"ES256\",\"kid\":\"HS256\"}", by: "ES256")
        #expect(await scene.authenticate(.bearer(confused)).failure == .invalid(reason: "not the algorithm of the key"))
      }
      try await server.stop()
    }
  }

  @Test func withoutAnyKeysNobodyCanTell() async throws {
    let forge = try await sharedForge.value
    try await withLoops { group in
      let server = try await KeyServer.start((503, ""), on: group)
      try await Scene.with(Self.configuration(port: server.port), on: group) { scene in
        let token = try forge.token()
        #expect(await scene.authenticate(.bearer(token)).failure == .keysUnavailable)
        #expect(await scene.authenticate(.bearer(token)).failure == .keysUnavailable)
        // What is no token is none, keys or not.
        #expect(await scene.authenticate(.bearer(Array("x.y.z".utf8))).failure == .invalid(reason: "the header is not base64url"))
      }
      #expect(server.asked == 1)
      try await server.stop()
    }
  }

  @Test(.timeLimit(.minutes(1))) func whoeverWaitsIsLetGoWhenItEnds() async throws {
    let forge = try await sharedForge.value
    try await withLoops { group in
      let server = try await KeyServer.start(nil, on: group)
      var configuration = try Self.configuration(port: server.port)
      configuration.tokens.remote?.patience = .seconds(3600)
      try await Scene.with(configuration, on: group) { scene in
        let cancelled = Task { try await scene.authenticate(.bearer(forge.token())) }
        cancelled.cancel()
        #expect(try await cancelled.value.failure == .keysUnavailable)
        let left = Task { try await scene.authenticate(.bearer(forge.token())) }
        try await scene.authenticator.shutDown()
        #expect(try await left.value.failure == .keysUnavailable)
      }
      try await server.stop()
    }
  }
}

@Suite struct RemoteKeysScheduleTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

  @Test func thereIsOneFetchAtATimeAndOneInThirtySeconds() {
    var schedule = RemoteKeysSchedule(interval: .minutes(5), pause: .seconds(30))
    #expect(schedule.asked(at: start) == .fetch)
    #expect(schedule.asked(at: start + .seconds(1)) == .wait)
    #expect(schedule.asked(at: start + .seconds(40)) == .wait)
    #expect(schedule.ended(isGood: true, at: start + .seconds(2)) == start + .seconds(302))
    #expect(schedule.asked(at: start + .seconds(29)) == .leave)
    #expect(schedule.asked(at: start + .seconds(30)) == .fetch)
    #expect(schedule.ended(isGood: false, at: start + .seconds(31)) == start + .seconds(60))
    #expect(schedule.asked(at: start + .seconds(59)) == .leave)
    #expect(schedule.asked(at: start + .seconds(60)) == .fetch)
    // One that took longer than the pause may be made again at once.
    #expect(schedule.ended(isGood: false, at: start + .seconds(95)) == start + .seconds(95))
  }

  @Test func noIntervalIsShorterThanThePause() {
    var schedule = RemoteKeysSchedule(interval: .seconds(1), pause: .seconds(30))
    _ = schedule.asked(at: start)
    #expect(schedule.ended(isGood: true, at: start) == start + .seconds(30))
  }
}

@Suite struct KeySetDocumentTests {
  private func document(_ keys: [String], rsa: SignatureAlgorithm? = nil) -> KeySetDocument? {
    KeySetDocument(Array(KeyServer.document(keys).utf8), rsaAlgorithm: rsa)
  }

  @Test func everyAlgorithmButSecretsIsRead() async throws {
    let forge = try await sharedForge.value
    for algorithm in SignatureAlgorithm.allCases where algorithm.family != .secret {
      let keys = document([
        forge.jwk(algorithm.rawValue, ",\"alg\":\"\(algorithm.rawValue)\",\"use\":\"sig\",\"key_ops\":[\"verify\"]")
      ])?.keys
      let key = try #require(keys?.first)
      #expect(key.algorithm == algorithm && key.id == algorithm.rawValue)
      let verification = try await VerificationKey(id: key.id, algorithm: key.algorithm, material: key.material)
      let token = try CompactToken(forge.token(by: algorithm.rawValue))
      #expect(verification.verifies(token.signature, of: token.signed))
    }
  }

  @Test func theCurveSaysTheAlgorithmAndOfRSATheConfiguration() async throws {
    let forge = try await sharedForge.value
    #expect(
      document(["ES256", "ES384", "ES512", "EdDSA"].map { forge.jwk($0) })?.keys.map(\.algorithm) == [
        .es256, .es384, .es512, .edDSA,
      ])
    #expect(document([forge.jwk("RSA")])?.keys.isEmpty == true)
    #expect(document([forge.jwk("RSA")], rsa: .ps384)?.keys.map(\.algorithm) == [.ps384])
    #expect(document([forge.jwk("RSA", ",\"alg\":\"RS256\"")], rsa: .ps384)?.keys.map(\.algorithm) == [.rs256])
  }

  @Test func whatIsNoKeyForUsIsLeftOut() async throws {
    let forge = try await sharedForge.value
    let bad = [
      forge.jwk("ES256", ",\"use\":\"enc\""), forge.jwk("ES256", ",\"use\":1"), forge.jwk("ES256", ",\"key_ops\":[\"encrypt\"]"),
      forge.jwk("ES256", ",\"alg\":\"ES384\""), forge.jwk("ES256", ",\"alg\":\"RS256\""), forge.jwk("ES256", ",\"alg\":\"none\""),
      forge.jwk("ES256", ",\"alg\":1"), forge.jwk("ES256", ",\"d\":\"AQAB\""), forge.jwk("RSA", ",\"alg\":\"HS256\""),
      forge.jwk("RSA", ",\"alg\":\"RSA-OAEP\""), forge.jwk("RSA", ",\"alg\":\"RS256\",\"d\":\"AQAB\""), "1", "null", "[]", "{}",
      "{\"kty\":\"oct\",\"k\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"alg\":\"HS256\"}",
      "{\"kty\":\"RSA\",\"alg\":\"RS256\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
      "{\"kty\":\"RSA\",\"alg\":\"RS256\",\"n\":\"\(String(repeating: "A", count: 342))\",\"e\":\"AQAB\"}",
      "{\"kty\":\"RSA\",\"alg\":\"RS256\",\"n\":\"\(String(repeating: "_", count: 2048))\",\"e\":\"AQAB\"}",
      "{\"kty\":\"RSA\",\"alg\":\"RS256\",\"n\":\"\(String(repeating: "_", count: 342))\",\"e\":\"AA\"}",
      "{\"kty\":\"RSA\",\"alg\":\"RS256\",\"n\":\"\(String(repeating: "_", count: 342))\",\"e\":\"AQ\"}",
      "{\"kty\":\"RSA\",\"alg\":\"RS256\",\"n\":\"\(String(repeating: "_", count: 342))\",\"e\":\"\"}",
      "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"\(String(repeating: "A", count: 43))\",\"y\":\"\(String(repeating: "A", count: 43))\"}",
      "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQAB\",\"y\":\"AQAB\"}",
      "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"AQAB\",\"y\":\"AQAB\"}",
      "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AQAB\"}", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQAB\"}",
      forge.jwk("ES256", kid: ""), forge.jwk("ES256", kid: "a\\u0000"),
    ]
    for key in bad { #expect(document([key])?.keys.count == 0, "\(key)") }
    let all = try #require(document(bad + [forge.jwk("ES384"), forge.jwk("ES512", kid: "ES384")]))
    #expect(all.keys.map(\.algorithm) == [.es384] && all.skipped == bad.count + 1)
  }

  @Test func whatIsNoKeySetIsNone() {
    for text in [
      "", "{}", "[]", "{\"keys\":1}", "{\"keys\":[],\"keys\":[]}",
      "{\"keys\":[\(Array(repeating: "1", count: 101).joined(separator: ","))]}",
    ] {
      #expect(KeySetDocument(Array(text.utf8), rsaAlgorithm: nil)?.keys.count == nil, "\(text.prefix(40))")
    }
  }
}
