import Testing
import Upstreams

/// What `check`, `purge` and answers say about who may do what.
@Suite struct SecurityTests {
  private static let token = "a-token-of-24-characters"

  @Test func anOpenGatewayIsWarnedOf() async throws {
    let open = try await ChildProcess.run(["check"], environment: ["TRIBUTARY_SERVER_HOST": "0.0.0.0"])
    #expect(open.ending == .exit(0) && open.output.count == 1 && open.errors.count == 1)
    let warning = open.errors.first ?? ""
    #expect(warning.hasPrefix("warning: server.host: 0.0.0.0 can be reached") && warning.contains("authentication is off"))
    #expect(!warning.contains("service credentials"))
    let all = try await ChildProcess.run(
      ["check"],
      environment: [
        "TRIBUTARY_SERVER_HOST": "::", "TRIBUTARY_UPSTREAMS_USERS_CREDENTIAL": "Authorization: Bearer canary",
        "TRIBUTARY_UPSTREAMS_ACCOUNTS_SIGN_IN_BODY": "{\"password\":\"canary\"}",
      ])
    #expect(all.ending == .exit(0) && all.errors.count == 1)
    #expect(all.errors.first?.contains("service credentials of users, accounts") == true)
    #expect(!(all.errors + all.output).contains { $0.contains("canary") })
  }

  @Test(arguments: [
    [:], ["TRIBUTARY_SERVER_HOST": "::1"], ["TRIBUTARY_UPSTREAMS_USERS_CREDENTIAL": "Authorization: Bearer x"],
    [
      "TRIBUTARY_SERVER_HOST": "0.0.0.0", "TRIBUTARY_AUTHENTICATION_TRUST_IDENTITY_HEADERS": "true",
      "TRIBUTARY_SERVER_TRUSTED_PROXIES": "10.0.0.0/8, 192.168.0.1",
    ],
    ["TRIBUTARY_ADMIN_HOST": "0.0.0.0", "TRIBUTARY_ADMIN_TOKEN": token],
  ]) func whatIsNotOpenIsNot(environment: [String: String]) async throws {
    let result = try await ChildProcess.run(["check"], environment: environment)
    #expect(result.ending == .exit(0) && result.errors.isEmpty, "\(result.errors)")
  }

  @Test(arguments: [
    ("TRIBUTARY_SERVER_TRUSTED_PROXIES", "10.0.0.0/33", "server.trusted_proxies"),
    ("TRIBUTARY_AUTHENTICATION_TRUST_IDENTITY_HEADERS", "true", "authentication.trust_identity_headers"),
    ("TRIBUTARY_CORS_CREDENTIALS", "true", "cors.credentials"), ("TRIBUTARY_ADMIN_TOKEN", "too-short", "admin.token"),
    ("TRIBUTARY_AUTHORIZATION_USER_LOOKUP", "section", "authorization.user_lookup"),
    ("TRIBUTARY_AUTHORIZATION_DEFAULT_TO_OWN", "perhaps", "authorization.default_to_own"),
  ]) func whatDoesNotGoTogetherIsAProblem(name: String, value: String, key: String) async throws {
    let result = try await ChildProcess.run(["check"], environment: [name: value])
    #expect(result.ending == .exit(2) && result.errors.count == 1)
    #expect(result.errors.first?.contains(key) == true)
  }

  @Test func theAdminTokenIsAskedForAndThePurgeCommandBringsIt() async throws {
    let setup = StackSetup(caches: true, environment: ["TRIBUTARY_ADMIN_TOKEN": Self.token])
    try await withStack(setup) { stack in
      let port = try await stack.gateway.adminPort
      let command = ["purge", "--all", "--url", "http://127.0.0.1:\(port)"]
      let without = try await ChildProcess.run(command)
      #expect(without.ending == .exit(1) && without.errors.first?.contains("401") == true)
      let wrong = try await ChildProcess.run(command, environment: ["TRIBUTARY_ADMIN_TOKEN": "another-token-altogether"])
      #expect(wrong.ending == .exit(1))
      #expect(!(wrong.errors + wrong.output).contains { $0.contains("another-token") })
      #expect(try await ChildProcess.run(command, environment: ["TRIBUTARY_ADMIN_TOKEN": Self.token]).ending == .exit(0))
      let configured = ["TRIBUTARY_ADMIN_TOKEN": Self.token, "TRIBUTARY_ADMIN_PORT": "\(port)"]
      #expect(try await ChildProcess.run(["purge", "--all"], environment: configured).ending == .exit(0))
      try await withFile("\(Self.token)\n") { file in
        let read = try await ChildProcess.run(command + ["--token-file", file])
        #expect(read.ending == .exit(0))
      }
      let nowhere = try await ChildProcess.run(command + ["--token-file", "/nonexistent"])
      #expect(nowhere.ending == .exit(2) && nowhere.errors.count == 1)
    }
  }

  @Test func everyAnswerHasTheSecurityFieldsOnce() async throws {
    let expected = [
      "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "x-frame-options": "DENY",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'", "cross-origin-resource-policy": "same-origin",
    ]
    try await withStack(StackSetup(caches: true)) { stack in
      // Some of them are given again.
      for path in ["/", consolidated, consolidated, consolidated, summary, health, "/nothing", consolidated + "?user_id=0"] {
        let response = try await stack.get(path)
        for (name, value) in expected { #expect(response.all(name) == [value], "\(path) \(name)") }
        #expect(response["strict-transport-security"] == nil)
      }
    }
  }

  @Test func aRequestIsOnlyAsGoodAsWhoItIsOf() async throws {
    let setup = StackSetup(environment: [
      "TRIBUTARY_SERVER_TRUSTED_PROXIES": "127.0.0.1", "TRIBUTARY_AUTHENTICATION_TRUST_IDENTITY_HEADERS": "true",
    ])
    try await withStack(setup) { stack in
      for path in [consolidated, summary, health, "/nothing"] {
        try expectProblem(try await stack.get(path), status: 401, instance: path)
      }
      #expect(try await stack.get("/readyz").status == 200)
      let user = [("x-user-id", "4"), ("x-user-role", "USER")]
      #expect(try await stack.get(consolidated + "?user_id=4", fields: user).status == 200)
      try expectProblem(
        try await stack.get(consolidated + "?user_id=5", fields: user), status: 403, instance: consolidated)
      try expectProblem(try await stack.get(consolidated, fields: user), status: 403, instance: consolidated)
      let admin = [("x-user-id", "1"), ("x-user-role", "ADMIN")]
      #expect(try await stack.get(consolidated, fields: admin).json["metadata"]?["complete"]?.boolean == true)
      let line = try await stack.gateway.process.line(containing: #""refused":"other_user""#)
      #expect(line.contains(#""status":403"#))
    }
  }

  @Test func aServiceAccountSignsInOnce() async throws {
    let body = #"{"email":"gateway@example.com","password":"p"}"#
    try await ScriptedUpstream.with { request in
      guard request.target == "/api/v1/auth/login" else {
        let isRight = request["authorization"] == "Bearer t-1"
        return ScriptedUpstream.Reply(status: isRight ? 200 : 403, body: isRight ? Array(#"[{"id":1}]"#.utf8) : [])
      }
      let isRight = request.body == Array(body.utf8)
      return ScriptedUpstream.Reply(status: isRight ? 200 : 401, body: Array(#"{"user":{"token":"no"},"token":"t-1"}"#.utf8))
    } test: { server in
      let setup = StackSetup(
        hasCredentials: false,
        environment: ["MICROSERVICE1_URL": server.url, "TRIBUTARY_UPSTREAMS_USERS_SIGN_IN_BODY": body])
      try await withStack(setup) { stack in
        for _ in 0..<3 {
          let document = try await stack.get(consolidated, fields: [("authorization", "Bearer mine")]).json
          #expect(document["metadata"]?["total_users"]?.int == 1)
        }
        let requests = server.requests.value
        #expect(requests.count == 4 && requests.count { $0.method == "POST" } == 1)
        #expect(!requests.contains { $0["authorization"] == "Bearer mine" })
      }
    }
  }
}
