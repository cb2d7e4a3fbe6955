import Identity
import Resilience
import TestSupport
import Testing

@testable import Gateway

/// Who is let in, over real sockets.
@Suite(.timeLimit(.minutes(1))) struct AuthenticationTests {
  static let consolidated = "/api/dashboard/consolidated"
  static let guarded = [consolidated, "/api/dashboard/summary", "/api/health/services"]

  @Test func withoutACredentialNobodyIsAnsweredButProbes() async throws {
    try await SecuredGateway.run { gateway in
      for path in Self.guarded + [Self.consolidated + "?user_id=7", "/nothing", "//api/dashboard/consolidated"] {
        let response = try await gateway.get(path)
        #expect(response.status == 401, "\(path)")
        #expect(response.fields["content-type"] == "application/problem+json" && response.fields["cache-control"] == "no-store")
        #expect(response.fields["www-authenticate"] != nil)
      }
      #expect(try await gateway.get(Self.consolidated, method: "POST").status == 401)
      #expect(try await gateway.get(Self.consolidated, method: "HEAD").status == 401)
      for path in ["/", "/livez", "/readyz"] { #expect(try await gateway.get(path).status == 200, "\(path)") }
      #expect(gateway.asked.isEmpty)
    }
  }

  @Test func withoutAnAuthenticatorEverybodyIsAnswered() async throws {
    try await SecuredGateway.run(SecuredGateway.Setup(authenticator: nil)) { gateway async throws in
      for path in Self.guarded { #expect(try await gateway.get(path, as: "rubbish").status == 200, "\(path)") }
      #expect(try await gateway.get(Self.consolidated).fields["vary"] == "accept-encoding, authorization, x-user-id, x-user-role")
    }
  }

  @Test func whereNobodyIsLetInTooABadCredentialIsRefusedAllTheSame() async throws {
    try await SecuredGateway.run(SecuredGateway.Setup(allowsAnonymous: true)) { gateway in
      let nobody = try await gateway.get(Self.consolidated + "?user_id=7", fields: ["x-user-id": "9", "x-user-role": "ADMIN"])
      #expect(nobody.status == 200 && nobody.text.contains(#""accountName":"nobody""#))
      let forged = try await gateway.get(Self.consolidated, as: "forged")
      let other = try await gateway.get(Self.consolidated + "?user_id=8", as: "user-7")
      let own = try await gateway.get(Self.consolidated + "?user_id=7", as: "user-7")
      #expect(forged.status == 401 && other.status == 403 && own.status == 200)
      #expect(own.text.contains("Bearer user-7"))
    }
  }

  @Test func whoeverIsTurnedAwayIsToldTheSame() async throws {
    let authenticator = ScriptedAuthenticator()
    try await SecuredGateway.run(SecuredGateway.Setup(authenticator: authenticator)) { gateway in
      let id = ["x-request-id": "one"]
      let missing = try await gateway.get(Self.consolidated, fields: id)
      for credential in ["forged", "expired", "user-x", ""] {
        let response = try await gateway.get(Self.consolidated, as: credential, fields: id)
        #expect(response.status == 401 && response.body == missing.body, "\(credential)")
      }
      // Nobody is asked which of two counts.
      let before = authenticator.authenticated
      let twice = try await blocking { [port = gateway.port] in
        let client = try RawConnection(port: port)
        let fields = "host: test\r\nx-request-id: one\r\nauthorization: Bearer admin\r\nauthorization: Bearer admin\r\n"
        try client.send("GET \(Self.consolidated) HTTP/1.1\r\n\(fields)\r\n")
        return try client.response()
      }
      #expect(twice.status == 401 && twice.body == missing.body)
      #expect(authenticator.authenticated == before)
      #expect(gateway.asked.isEmpty)
    }
  }

  @Test func theChallengeNamesWhatIsTaken() async throws {
    func challenges(_ schemes: CredentialSchemes, _ fields: String = "") async throws -> [String] {
      let heads = Heads()
      try await SecuredGateway.run(SecuredGateway.Setup(schemes: schemes)) { gateway in
        let head = try await blocking { [port = gateway.port] in
          let client = try RawConnection(port: port)
          try client.send("GET \(Self.consolidated) HTTP/1.1\r\nhost: test\r\n\(fields)\r\n")
          return try client.head()
        }
        await heads.add(head)
      }
      return await heads.lines.filter { $0.lowercased().hasPrefix("www-authenticate: ") }.map { String($0.dropFirst(18)) }
    }
    let bearer = #"Bearer realm="tributary""#
    #expect(try await challenges([.bearer]) == [bearer])
    #expect(try await challenges([.bearer, .apiKey]) == [bearer, #"ApiKey realm="tributary""#])
    #expect(try await challenges([.apiKey]) == [#"ApiKey realm="tributary""#])
    #expect(try await challenges([.bearer], "authorization: Bearer x\r\n") == [bearer + #", error="invalid_token""#])
  }

  private actor Heads {
    private(set) var lines: [String] = []
    func add(_ head: String) { lines += head.split(separator: "\r\n").map(String.init) }
  }

  @Test func withoutKeysNobodyCanTell() async throws {
    try await SecuredGateway.run { gateway in
      let response = try await gateway.get(Self.consolidated, as: "unverifiable")
      #expect(response.status == 503 && response.fields["retry-after"] == "5")
      #expect(response.fields["www-authenticate"] == nil)
      #expect(gateway.asked.isEmpty)
    }
  }

  @Test func askingForOptionsNeedsNoCredential() async throws {
    let authenticator = ScriptedAuthenticator()
    try await SecuredGateway.run(SecuredGateway.Setup(authenticator: authenticator, origins: ["https://a.example"])) { gateway in
      let fields = ["origin": "https://a.example", "access-control-request-method": "GET"]
      let preflight = try await gateway.get(Self.consolidated, method: "OPTIONS", fields: fields)
      #expect(preflight.status == 204 && preflight.fields["access-control-allow-origin"] == "https://a.example")
      #expect(preflight.fields["access-control-allow-headers"]?.contains("X-API-Key") == true)
      #expect(try await gateway.get(Self.consolidated, method: "OPTIONS").status == 204)
      // A page may read why it was turned away.
      let refused = try await gateway.get(Self.consolidated, fields: ["origin": "https://a.example"])
      #expect(refused.status == 401 && refused.fields["access-control-allow-origin"] == "https://a.example")
      #expect(authenticator.authenticated == 0 && gateway.asked.isEmpty)
    }
  }

  @Test func whoIsRememberedIsNotVerifiedAgain() async throws {
    let authenticator = ScriptedAuthenticator(remembers: true)
    try await SecuredGateway.run(SecuredGateway.Setup(authenticator: authenticator)) { gateway async throws in
      for number in 0..<5 {
        #expect(try await gateway.get("\(Self.consolidated)?n=\(number)", as: "admin").status == 200)
      }
    }
    #expect(authenticator.authenticated == 1 && authenticator.remembered == 4)
  }

  @Test func aProofThatIsOverIsNoneWhoeverRemembersIt() async throws {
    let authenticator = ScriptedAuthenticator { credential in
      var principal = Principal(proof: .token, subject: "x", role: .admin, digest: CredentialDigest(of: credential.utf8))
      principal.expires = .now()
      return .success(principal)
    }
    try await SecuredGateway.run(SecuredGateway.Setup(authenticator: authenticator)) { gateway async throws in
      #expect(try await gateway.get(Self.consolidated, as: "admin").status == 401)
      #expect(gateway.asked.isEmpty)
    }
  }

  @Test func anAnswerIsForThisCallerAlone() async throws {
    try await SecuredGateway.run { gateway in
      let response = try await gateway.get(Self.consolidated, as: "admin")
      #expect(response.status == 200)
      #expect(response.fields["cache-control"]?.hasPrefix("private") == true)
      #expect(response.fields["vary"] == "accept-encoding, authorization, x-api-key")
    }
    try await SecuredGateway.run(SecuredGateway.Setup(schemes: [.bearer])) { gateway async throws in
      #expect(try await gateway.get(Self.consolidated, as: "admin").fields["vary"] == "accept-encoding, authorization")
    }
  }

  @Test func healthIsForEverybodyWhereThatIsSet() async throws {
    var setup = SecuredGateway.Setup()
    setup.security.isHealthPublic = true
    try await SecuredGateway.run(setup) { gateway async throws in
      #expect(try await gateway.get("/api/health/services").status == 200)
      #expect(try await gateway.get(Self.consolidated).status == 401)
    }
  }

  @Test func theLogHasTheReasonAndNothingOfTheCredential() async throws {
    let log = try TemporaryLog()
    try await SecuredGateway.run(SecuredGateway.Setup(logTo: log.descriptor)) { gateway in
      _ = try await gateway.get(Self.consolidated)
      for credential in ["expired", "canary-forged", "admin", "user-7"] {
        _ = try await gateway.get(Self.consolidated, as: credential)
      }
      _ = try await gateway.get(Self.consolidated, fields: ["x-api-key": "canary-key"])
    }
    let lines = try log.lines()
    #expect(lines.count == 6)
    func refusals(_ word: String) -> Int { lines.count { $0.contains("\"refused\":\"\(word)\"") } }
    #expect(refusals("missing") == 1 && refusals("expired") == 1 && refusals("invalid: signature") == 2)
    #expect(refusals("everybody") == 1)
    #expect(lines.allSatisfy { $0.contains("\"route\":\"\(Self.consolidated)\"") })
    #expect(lines.count { $0.contains("\"principal\":\"\(CredentialDigest(of: "Bearer admin".utf8))\"") } == 1)
    for secret in ["canary", "Bearer", "example.com"] { #expect(!lines.contains { $0.contains(secret) }, "\(secret)") }
  }
}
