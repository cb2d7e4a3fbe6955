import Foundation
import Testing
import Upstreams

/// The admin listener of a running gateway, and `tributary purge`.
@Suite struct AdminTests {
  /// One request to the admin listener by the address that it has; `RawClient` calls every server `test`, which is no name here.
  private func send(_ line: String, _ fields: String = "", body: String = "", to port: Int) async throws -> RawResponse {
    let client = try await RawClient.connect(port: port)
    let length = body.isEmpty ? "" : "content-length: \(body.utf8.count)\r\n"
    do {
      let text = "\(line) HTTP/1.1\r\nhost: 127.0.0.1:\(port)\r\n\(fields)\(length)\r\n\(body)"
      let response = try await client.send(Array(text.utf8))
      try await client.close()
      return response
    } catch {
      try await client.close()
      throw error
    }
  }

  private func url(_ port: Int) -> String { "http://127.0.0.1:\(port)" }

  @Test func aPurgeWithTheCacheOffIsRefusedInClearWords() async throws {
    try await withStack { stack in
      let port = try await stack.gateway.adminPort
      let response = try await send(
        "POST /admin/cache/purge", "content-type: application/json\r\n", body: #"{"tags":["users"]}"#, to: port)
      try expectProblem(response, status: 409, instance: "/admin/cache/purge")
      #expect(try response.json["detail"]?.text?.contains("cache of this gateway is off") == true)
      let command = try await ChildProcess.run(["purge", "users", "--url", url(port)])
      #expect(command.ending == .exit(1))
      #expect(command.output.isEmpty)
      #expect(command.errors.count == 1)
      #expect(command.errors.first?.contains("cache of this gateway is off") == true)
      let all = try await ChildProcess.run(
        ["purge", "--all", "--hard"], environment: ["TRIBUTARY_ADMIN_PORT": "\(port)"])
      #expect(all.ending == .exit(1), "the configuration says where the listener is")
      #expect(all.errors == command.errors)
    }
  }

  @Test func theTwoListenersHaveRoutesOfTheirOwn() async throws {
    try await withStack { stack in
      let port = try await stack.gateway.adminPort
      #expect(try await send("GET /livez", to: port).status == 200)
      #expect(try await send("GET /readyz", to: port).status == 200)
      try expectProblem(try await send("GET \(consolidated)", to: port), status: 404, instance: consolidated)
      let outside = try await stack.get("/admin/cache/purge")
      try expectProblem(outside, status: 404, instance: "/admin/cache/purge")
      // By the name `test`.
      let foreign = try await RawClient.fetch(port: port, "/livez")
      #expect(foreign.status == 403 && foreign["content-type"] == "application/problem+json")
    }
  }

  @Test func aLineSaysWhichListenerItIsOf() async throws {
    try await withStack { stack in
      _ = try await send("GET /readyz", to: try await stack.gateway.adminPort)
      let admin = try JSON(parsing: Array(try await stack.gateway.process.line(containing: "\"/readyz\"").utf8))
      #expect(admin["listener"]?.text == "admin")
      _ = try await stack.get("/livez")
      let other = try JSON(parsing: Array(try await stack.gateway.process.line(containing: "\"/livez\"").utf8))
      #expect(other["listener"] == nil)
    }
  }

  @Test func whoeverDoesNotAnswerAsAGatewayFailsTheCommand() async throws {
    try await withStack { stack in
      let elsewhere = try await ChildProcess.run(["purge", "users", "--url", url(stack.gateway.port)])
      #expect(elsewhere.ending == .exit(1))
      #expect(elsewhere.errors.count == 1)
      try await stack.setFault(.refuse, of: .metrics)
      let nobody = try await ChildProcess.run(["purge", "users", "--url", url(stack.fakes.port(of: .metrics))])
      #expect(nobody.ending == .exit(1))
      #expect(nobody.errors.first?.contains("nobody answers") == true)
    }
  }

  @Test(arguments: [
    (#"{"mode":"soft","tags":["users"],"entries":1,"spread":"not_needed"}"#, Int32(0), "1 entry marked stale"),
    (#"{"mode":"soft","tags":["users"],"entries":4,"spread":"done"}"#, 0, "the others have been told"),
    (#"{"mode":"soft","tags":["users"],"entries":4,"spread":"failed","reason":"no connection"}"#, 1, "no connection"),
    (#"{"status":"ok"}"#, 1, "no admin listener"), ("nonsense", 1, "no admin listener"),
  ])
  func theCommandSaysWhatHappened(answer: String, code: Int32, words: String) async throws {
    try await ScriptedUpstream.with { _ in
      ScriptedUpstream.Reply(body: Array(answer.utf8))
    } test: { server in
      let result = try await ChildProcess.run(["purge", "users", "user:7", "--url", server.url])
      #expect(result.ending == .exit(code))
      #expect((result.output + result.errors).joined(separator: "\n").contains(words))
      #expect((1...2).contains(result.output.count + result.errors.count))
    }
  }

  @Test func aPortThatIsTakenEndsServeWithWordsForIt() async throws {
    try await ScriptedUpstream.with { _ in
      ScriptedUpstream.Reply(body: [])
    } test: { server in
      for key in ["ADMIN", "SERVER"] {
        var environment = ["TRIBUTARY_SERVER_PORT": "0", "TRIBUTARY_ADMIN_PORT": "0"]
        environment["TRIBUTARY_\(key)_PORT"] = "\(server.port)"
        let result = try await ChildProcess.run(["serve"], environment: environment)
        #expect(result.ending == .exit(1))
        #expect(!result.output.contains { $0.contains("Server started") })
        let errors = result.errors.joined(separator: "\n")
        #expect(errors.contains("127.0.0.1:\(server.port)") && errors.contains("\(key.lowercased()).port"), "\(errors)")
      }
    }
  }

  @Test func itCanBeSwitchedOff() async throws {
    try await ScriptedUpstream.with { _ in
      ScriptedUpstream.Reply(body: [])
    } test: { server in
      let setup = StackSetup(environment: ["TRIBUTARY_ADMIN_ENABLED": "false", "TRIBUTARY_ADMIN_PORT": "\(server.port)"])
      try await withStack(setup) { stack in
        let live = try await stack.get("/livez")
        #expect(live.status == 200)
        #expect(!stack.gateway.process.output.value.lines.contains { $0.contains("Admin listening") })
      }
    }
  }

  @Test func anOpenAdminConnectionDoesNotKeepTheProcess() async throws {
    try await withStack { stack in
      let port = try await stack.gateway.adminPort
      let idle = try await RawClient.connect(port: port)
      let request = Array("GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n".utf8)
      #expect(try await idle.send(request).status == 200)
      // Half a request that never ends.
      let slow = try await RawClient.connect(port: port)
      async let _ = slow.send(Array("POST /admin/cache/purge HTTP/1.1\r\nHos".utf8))
      #expect(try await idle.send(request).status == 200)
      #expect(try await stack.gateway.process.stop(within: .seconds(10)) == .exit(0))
      try await idle.close()
      try await slow.close()
    }
  }

  @Test func whileThePublicListenerDrainsTheAdminOneAnswers() async throws {
    try await withStack { stack in
      let port = try await stack.gateway.adminPort
      try await stack.setFault(.hang, of: .metrics)
      let asking = try await RawClient.connect(port: stack.gateway.port)
      async let answer = asking.get(consolidated, fields: [("prefer", "wait=3")])
      _ = try await within(.seconds(5), "the call") { [fakes = stack.fakes] in
        try await fakes.stats(of: .metrics) { $0.inFlight == 1 }
      }
      stack.gateway.process.send(signal: SIGTERM)
      _ = try await stack.gateway.process.line(containing: "Draining")
      #expect(try await send("GET /livez", to: port).status == 200)
      #expect(try await send("GET /readyz", to: port).status == 503)
      #expect(try await answer.status == 200)
      #expect(try await stack.gateway.process.end(within: .seconds(20)) == .exit(0))
      try await asking.close()
    }
  }

  @Test func aReloadSaysThatAnotherPortNeedsARestartAndKeepsThisOne() async throws {
    try await withFile("request:\n  deadline: 5s\n") { file in
      try await withStack(StackSetup(deadline: nil, options: ["--config", file])) { stack in
        let port = try await stack.gateway.adminPort
        try "admin:\n  enabled: false\n".write(toFile: file, atomically: true, encoding: .utf8)
        stack.gateway.process.send(signal: SIGHUP)
        let line = try await stack.gateway.process.line(containing: "Some settings need a restart")
        #expect(line.contains("admin.*"))
        _ = try await stack.gateway.process.line(containing: "Configuration reloaded")
        #expect(try await send("GET /livez", to: port).status == 200)
      }
    }
  }

  @Test func whatOthersCanReachIsWarnedOf() async throws {
    let warned = try await ChildProcess.run(["check"], environment: ["TRIBUTARY_ADMIN_HOST": "0.0.0.0"])
    #expect(warned.ending == .exit(0))
    #expect(warned.errors.count == 1)
    #expect(warned.errors.first?.hasPrefix("warning: admin.host: 0.0.0.0") == true)
    #expect(warned.output.count == 1)
    let setup = StackSetup(environment: ["TRIBUTARY_ADMIN_HOST": "0.0.0.0"])
    try await withStack(setup) { stack in
      let line = try await stack.gateway.process.line(containing: "Configuration warning")
      #expect(line.contains("admin.host"))
    }
  }

  @Test func theSamePortTwiceIsAProblemOfTheConfiguration() async throws {
    let result = try await ChildProcess.run(["check"], environment: ["PORT": "8006"])
    #expect(result.ending == .exit(2))
    #expect(result.errors.count == 1)
    #expect(result.errors.first?.contains("admin.port") == true)
    let apart = ["PORT": "8006", "TRIBUTARY_SERVER_HOST": "10.0.0.1"]
    #expect(try await ChildProcess.run(["check"], environment: apart).ending == .exit(0))
  }
}
