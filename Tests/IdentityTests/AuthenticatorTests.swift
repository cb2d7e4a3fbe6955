import NIOPosix
import Resilience
import Testing

@testable import Identity

private let sharedForge = Task { try await Forge.make() }

@Suite struct AuthenticatorTests {
  private static func configuration(_ forge: Forge, modes: Set<IdentityConfiguration.Mode> = [.jwt]) -> IdentityConfiguration {
    var configuration = IdentityConfiguration()
    configuration.modes = modes
    configuration.tokens = Forge.configuration
    configuration.tokens.keys = forge.definitions
    return configuration
  }

  @Test func aVerifiedTokenIsRememberedOnItsLoopForAMinute() async throws {
    let forge = try await sharedForge.value
    try await withLoops { group in
      try await Scene.with(Self.configuration(forge), on: group) { scene in
        let credentials = Credentials.bearer(try forge.token())
        #expect(try await scene.remembered(credentials) == nil)
        let principal = try #require(await scene.authenticate(credentials).value)
        #expect(try await scene.remembered(credentials) == principal)
        #expect(try await scene.remembered(credentials, at: Forge.now.after(59)) == principal)
        #expect(try await scene.remembered(credentials, at: Forge.now.after(60)) == nil)
        #expect(try await scene.remembered(credentials, at: Forge.now.after(-1)) == nil)
        #expect(try await scene.remembered(credentials, on: 1) == nil)
        var other = credentials
        other.authorization?.append("A")
        #expect(try await scene.remembered(other) == nil)
      }
    }
  }

  @Test func aTokenIsNotRememberedPastItsEnd() async throws {
    let forge = try await sharedForge.value
    try await withLoops { group in
      try await Scene.with(Self.configuration(forge), on: group) { scene in
        // It ends 20 s ago, and the leeway is 30.
        let credentials = Credentials.bearer(try forge.token(["exp": "1749999980"]))
        #expect(await scene.authenticate(credentials).value != nil)
        #expect(try await scene.remembered(credentials, at: Forge.now.after(9)) != nil)
        #expect(try await scene.remembered(credentials, at: Forge.now.after(10)) == nil)
        #expect(await scene.authenticate(credentials, at: Forge.now.after(10)).failure == .expired)
      }
    }
  }

  @Test func ofARefusedTokenNothingIsKept() async throws {
    let forge = try await sharedForge.value
    try await withLoops { group in
      try await Scene.with(Self.configuration(forge), on: group) { scene in
        let early = Credentials.bearer(try forge.token(["nbf": "1750000100"]))
        #expect(await scene.authenticate(early).failure == .invalid(reason: "not valid yet"))
        #expect(try await scene.remembered(early) == nil)
        // Refused once is not refused for good.
        #expect(await scene.authenticate(early, at: Forge.now.after(100)).value != nil)
      }
    }
  }

  @Test(arguments: [
    "Basic YTpi", "Bearer", "Bearer ", "bearer", "", " ", "Bearer  x.y.z", "Bearer\tx.y.z", " Bearer x.y.z", "Bearer:x.y.z",
    "BearerX x.y.z",
    "Token x.y.z", "x.y.z", "Bearer x.y.z, Bearer x.y.z", "Bearer \u{0}", "Ｂearer x.y.z", "\u{2}earer x.y.z",
  ]) func whatIsNoBearerTokenIsRefused(field: String) async throws {
    let forge = try await sharedForge.value
    try await withLoops { group in
      try await Scene.with(Self.configuration(forge, modes: [.none, .jwt]), on: group) { scene in
        let failure = await scene.authenticate(Credentials(authorization: field)).failure
        guard case .invalid = failure else {
          Issue.record("\(field) \(String(describing: failure))")
          return
        }
      }
    }
  }

  @Test func theSchemeIsReadInCapitalsOrNot() async throws {
    let forge = try await sharedForge.value
    try await withLoops { group in
      try await Scene.with(Self.configuration(forge), on: group) { scene in
        let token = String(decoding: try forge.token(), as: UTF8.self)
        for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
          #expect(await scene.authenticate(Credentials(authorization: "\(scheme) \(token)")).value != nil)
        }
        #expect(await scene.authenticate(Credentials(authorization: "Bearer  \(token)")).value == nil)
        #expect(await scene.authenticate(Credentials(authorization: "Bearer \(token) ")).value == nil)
      }
    }
  }

  @Test func aRequestHasOneCredentialOrNone() async throws {
    let forge = try await sharedForge.value
    try await withLoops { group in
      try await Scene.with(Self.configuration(forge, modes: [.none, .jwt]), on: group) { scene in
        let good = Credentials.bearer(try forge.token())
        #expect(await scene.authenticate(Credentials()).failure == .missing)
        #expect(await scene.authenticate(good).value != nil)
        var twice = good
        twice.isRepeated = true
        #expect(await scene.authenticate(twice).failure == .invalid(reason: "a credential twice"))
        #expect(try await scene.remembered(twice) == nil)
        var both = good
        both.apiKey = ""
        #expect(await scene.authenticate(both).failure == .invalid(reason: "a token and an API key"))
        #expect(try await scene.remembered(both) == nil)
        #expect(
          await scene.authenticate(Credentials(apiKey: "x")).failure == .invalid(reason: "API keys are not taken here"))
      }
      var keysOnly = Self.configuration(forge, modes: [.apiKey])
      keysOnly.apiKeyFile = "/nonexistent"
      try await Scene.with(keysOnly, on: group) { scene in
        let token = try forge.token()
        #expect(await scene.authenticate(.bearer(token)).failure == .invalid(reason: "tokens are not taken here"))
      }
    }
  }

  @Test func nothingIsRememberedWhereTheConfigurationSaysSo() async throws {
    let forge = try await sharedForge.value
    try await withLoops { group in
      var configuration = Self.configuration(forge)
      configuration.remember = .zero
      try await Scene.with(configuration, on: group) { scene in
        let credentials = Credentials.bearer(try forge.token())
        #expect(await scene.authenticate(credentials).value != nil)
        #expect(try await scene.remembered(credentials) == nil)
      }
    }
  }
}

@Suite struct RememberedPrincipalsTests {
  private func principal(_ number: Int, expires: Timestamp? = nil) -> Principal {
    Principal(proof: .token, subject: "\(number)", role: .user, expires: expires, digest: CredentialDigest(of: "\(number)".utf8))
  }

  @Test func theOldestGoesWhenThereIsNoRoom() {
    var memory = RememberedPrincipals(lifetime: .seconds(60), limit: 100)
    for number in 0..<1000 { memory.insert(principal(number), at: Forge.now) }
    #expect(memory.count == 100)
    #expect(memory.principal(principal(899).digest, at: Forge.now) == nil)
    for number in 900..<1000 { #expect(memory.principal(principal(number).digest, at: Forge.now) == principal(number)) }
  }

  @Test func whatIsOverTakesNoRoom() {
    var memory = RememberedPrincipals(lifetime: .seconds(60), limit: 100)
    for second in 0..<1000 { memory.insert(principal(second), at: Forge.now.after(Int64(second))) }
    #expect(memory.count == 60)
  }

  @Test func whoComesAgainIsRememberedFromThenOn() {
    var memory = RememberedPrincipals(lifetime: .seconds(60), limit: 2)
    memory.insert(principal(1), at: Forge.now)
    memory.insert(principal(1), at: Forge.now.after(50))
    #expect(memory.principal(principal(1).digest, at: Forge.now.after(100)) == principal(1))
    memory.insert(principal(2), at: Forge.now.after(55))
    // The first place of 1 went; the second still stands for it.
    #expect(memory.principal(principal(1).digest, at: Forge.now.after(100)) == principal(1))
    memory.insert(principal(3), at: Forge.now.after(56))
    #expect(memory.count == 2 && memory.principal(principal(1).digest, at: Forge.now.after(57)) == nil)
  }

  @Test func whoIsOverAlreadyIsNotRemembered() {
    var memory = RememberedPrincipals(lifetime: .seconds(60), limit: 2)
    memory.insert(principal(1, expires: Forge.now), at: Forge.now)
    #expect(memory.count == 0)
  }

  @Test func whatAKeyHasProvedGoesWithIt() {
    let (old, new) = (CredentialDigest(of: "old".utf8), CredentialDigest(of: "new".utf8))
    var memory = RememberedPrincipals(lifetime: .seconds(60), limit: 10)
    memory.insert(principal(1), key: old, at: Forge.now)
    memory.insert(principal(2), key: new, at: Forge.now)
    memory.keep(provedBy: [new])
    #expect(memory.principal(principal(1).digest, at: Forge.now) == nil)
    #expect(memory.principal(principal(2).digest, at: Forge.now) == principal(2))
  }
}
