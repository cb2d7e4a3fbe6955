import Testing

/// Two hundred users with tokens of their own, and nobody ever sees a byte of another's.
@Suite struct TokenCanaryTests {
  private static let secret = "a-signing-secret-of-more-than-32-bytes"

  /// Users of tokens have numbers from 1.
  private static func number(_ user: Int) -> Int { user + 1 }

  /// Sections that name whom the service was told the caller is: by the token itself, and by what the gateway found in it.
  private static func answer(_ request: ScriptedUpstream.Request) -> ScriptedUpstream.Reply {
    let token = request["authorization"]?.dropFirst("Bearer ".count) ?? ""
    let user = request["x-user-id"].flatMap { Int($0) }.map { Canaries.name($0 - 1) }
    let body =
      if request.target.hasPrefix("/api/v1/auth/profile") {
        #"{"id":1,"email":"\#(TestToken.subject(of: token) ?? "canary-nobody")"}"#
      } else if request.target.hasPrefix("/scraped") {
        #"[{"id":1,"userId":1,"accountName":"\#(user ?? "canary-nobody")"}]"#
      } else if request.target.hasPrefix("/dbquery") {
        #"{"items":[],"count":0,"dashboard":[]}"#
      } else {
        #"[{"adminId":1}]"#
      }
    return ScriptedUpstream.Reply(body: Array(body.utf8))
  }

  private static let configuration = """
    authentication:
      modes: [jwt]
      jwt:
        user_id_claim: uid
        keys:
          users: {algorithm: HS256}
    authorization:
      default_to_own: true

    """

  @Test func nobodySeesAnybodyElse() async throws {
    let tokens = (0..<Canaries.users).map {
      TestToken.signed(subject: Canaries.name($0), user: Self.number($0), secret: Self.secret)
    }
    let caller = Canaries.Caller {
      [("authorization", "Bearer \(tokens[$0])")]
    } targets: { user in
      [consolidated, "\(consolidated)?user_id=\(Self.number(user))", summary]
    }
    try await Turnstile.machine.pass(taking: Turnstile.all) {
      try await ScriptedUpstream.with(remembers: false, answer: Self.answer) { service in
        try await withFile(Self.configuration) { file in
          var environment = Canaries.environment(for: service)
          environment["TRIBUTARY_AUTHENTICATION_JWT_KEYS_USERS_SECRET"] = Self.secret
          let gateway = try await GatewayUnderTest.start(["--port", "0", "--config", file], environment: environment)
          do {
            try await Self.look(at: gateway, as: caller, tokens)
          } catch {
            try await gateway.process.stop()
            throw error
          }
          try await gateway.process.stop()
        }
      }
    }
  }

  private static func look(at gateway: GatewayUnderTest, as caller: Canaries.Caller, _ tokens: [String]) async throws {
    let tally = try await Canaries(ports: [gateway.port], answers: Canaries.answers / 2, caller: caller).run()
    #expect(tally.foreign.isEmpty, "\(tally.foreign.prefix(5))")
    #expect(tally.answers >= Canaries.answers / 2 && tally.notOK == 0)
    #expect(tally.aborted > tally.answers / 20)
    for word in ["fwd=miss;stored", "detail=memory", "ttl=-", "collapsed"] {
      #expect(tally.seen[word, default: 0] > 0, "\(word): \(tally.seen)")
    }
    // A token with another's claims, and one's own token for another.
    let parts = tokens[0].split(separator: "."), others = tokens[1].split(separator: ".")
    let mixed = [("authorization", "Bearer \(parts[0]).\(others[1]).\(parts[2])")]
    #expect(try await RawClient.fetch(port: gateway.port, consolidated, fields: mixed).status == 401)
    let other = "\(consolidated)?user_id=\(number(1))"
    #expect(try await RawClient.fetch(port: gateway.port, other, fields: caller.fields(0)).status == 403)
  }
}
