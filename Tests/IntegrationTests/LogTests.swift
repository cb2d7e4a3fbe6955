import Testing
import Upstreams

/// What the log says of a request, and what it must never say.
@Suite struct LogTests {
  @Test func everyLineIsJSONAndEachRequestHasOneAccessLine() async throws {
    try await withStack { stack in
      try await stack.setFault(.garbage, of: .dashboard)
      let targets = ["/", consolidated, summary + "?user_id=3", health, "/nothing", consolidated + "?user_id=0"]
      for (index, target) in targets.enumerated() { _ = try await stack.get(target, fields: [("x-request-id", "log-\(index)")]) }
      _ = try await RawClient.fetch("POST", port: stack.gateway.port, "/", fields: [("x-request-id", "log-post")])
      _ = try await RawClient.fetch("HEAD", port: stack.gateway.port, "/", fields: [("x-request-id", "log-head")])
      #expect(try await stack.gateway.process.stop() == .exit(0))
      var access: [String: JSON] = [:]
      for line in stack.gateway.process.output.value.lines {
        let object = try JSON(parsing: Array(line.utf8))
        expectTimestamp(object["time"], "time of \(line)")
        #expect(object["level"]?.text?.isEmpty == false)
        #expect(object["message"]?.text?.isEmpty == false)
        if object["message"]?.text == "Request", let id = object["request.id"]?.text {
          #expect(access.updateValue(object, forKey: id) == nil, "a second line for \(id)")
        }
      }
      #expect(access.keys.sorted() == (targets.indices.map { "log-\($0)" } + ["log-post", "log-head"]).sorted())
      try expectAccessLines(access)
      #expect(stack.gateway.process.errors.value.lines.isEmpty)
    }
  }

  private func expectAccessLines(_ access: [String: JSON]) throws {
    for (id, line) in access {
      for key in ["method", "route"] { #expect(line[key]?.text?.isEmpty == false, "\(key) of \(id)") }
      for key in ["status", "duration_ms", "bytes"] { #expect(line[key]?.isNumber == true, "\(key) of \(id)") }
    }
    #expect(access["log-0"]?["route"]?.text == "/")
    #expect(access["log-0"]?["status"]?.int == 200)
    #expect(access["log-1"]?["method"]?.text == "GET")
    #expect(access["log-1"]?["route"]?.text == consolidated)
    #expect(access["log-1"]?["bytes"]?.int.map { $0 > 1000 } == true)
    #expect(access["log-1"]?["sections"]?.keys == sections.map(\.key))
    #expect(access["log-1"]?["sections"]?["users"]?["state"]?.text == "fresh")
    #expect(access["log-1"]?["sections"]?["users"]?["status"]?.text == "ok")
    #expect(access["log-1"]?["sections"]?["dashboard_data"]?["state"]?.text == "missing")
    #expect(access["log-1"]?["sections"]?["dashboard_data"]?["reason"]?.text == "not_json")
    #expect(access["log-2"]?["route"]?.text == summary)
    #expect(access["log-4"]?["status"]?.int == 404)
    #expect(access["log-5"]?["status"]?.int == 400)
    #expect(access["log-post"]?["status"]?.int == 405)
    #expect(access["log-post"]?["method"]?.text == "POST")
    #expect(access["log-head"]?["method"]?.text == "HEAD")
  }

  /// Rows and errors full of what must not be repeated.
  private static let leaky = #"[{"id":1,"userId":1,"email":"canary-mail@example.com","password":"canary-password"}]"#

  @Test func noIdentityNoMailNoBodyAndNoQueryIsEverLogged() async throws {
    let answer: @Sendable (ScriptedUpstream.Request) -> ScriptedUpstream.Reply = { request in
      switch request.target {
      case "/getDashboardInfo": ScriptedUpstream.Reply(status: 500, body: Array("canary-stack-trace".utf8))
      case "/dbquery/user": ScriptedUpstream.Reply(body: Array("{\"canary-body\": canary".utf8))
      default: ScriptedUpstream.Reply(body: Array(Self.leaky.utf8))
      }
    }
    try await ScriptedUpstream.with(answer: answer) { server in
      var environment = Dictionary(uniqueKeysWithValues: (1...4).map { ("MICROSERVICE\($0)_URL", server.url) })
      environment["LOG_LEVEL"] = "trace"
      try await withStack(StackSetup(hasCredentials: false, environment: environment)) { stack in
        let fields = [
          ("authorization", "Bearer canary-token"), ("x-user-id", "canary-user"), ("x-user-role", "canary-role"),
          ("cookie", "canary-cookie"), ("x-request-id", "canary id with blanks"), ("user-agent", "canary-agent"),
          ("origin", "https://canary.example"),
        ]
        let targets = [
          consolidated + "?user_id=8108108108108", summary + "?user_id=8108108108108&mail=canary@example.com",
          consolidated + "?user_id=canary", "/nothing/canary?canary", health + "?canary",
        ]
        for target in targets { _ = try await stack.get(target, fields: fields) }
        _ = try await RawClient.fetch("POST", port: stack.gateway.port, "/canary", fields: fields, body: Array("canary".utf8))
        #expect(try await stack.gateway.process.stop() == .exit(0))
        let process = stack.gateway.process
        let lines = process.output.value.lines + process.errors.value.lines
        #expect(lines.count { $0.contains(#""message":"Request""#) } == 6)
        for line in lines { #expect(!line.contains("canary") && !line.contains("8108108108108"), "\(line)") }
      }
    }
  }

  @Test func aCredentialOfTheEnvironmentIsNeverLogged() async throws {
    let environment = ["TRIBUTARY_UPSTREAMS_USERS_CREDENTIAL": "Authorization: Bearer canary-credential", "LOG_LEVEL": "trace"]
    try await withStack(StackSetup(environment: environment)) { stack in
      let response = try await stack.get(consolidated)
      #expect(try response.json["metadata"]?["services_status"]?["microservice1"]?.text == "unauthorized")
      #expect(!response.text.contains("canary"))
      #expect(try await stack.gateway.process.stop() == .exit(0))
      let process = stack.gateway.process
      #expect(!(process.output.value.lines + process.errors.value.lines).contains { $0.contains("canary") })
    }
  }
}
