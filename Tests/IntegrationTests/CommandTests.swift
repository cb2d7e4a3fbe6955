import Glibc
import Testing
import Upstreams

/// The commands beside `serve`, and how each ends.
@Suite struct CommandTests {
  /// Starts a command that runs until a signal, and stops it whatever happens.
  private func withCommand(_ arguments: [String], test: (ChildProcess) async throws -> Void) async throws {
    let process = try ChildProcess(arguments)
    do {
      try await test(process)
    } catch {
      try await process.stop()
      throw error
    }
    #expect(try await process.stop() == .exit(0))
    #expect(process.errors.value.lines.isEmpty)
  }

  private func port(after text: String, in line: String) throws -> Int {
    let tail = try #require(line.ranges(of: text).first).upperBound
    return try #require(Int(line[tail...].prefix { $0.isNumber }))
  }

  @Test func theFakeServicesRunAloneAndPrintWhereTheyAre() async throws {
    try await withCommand(["upstreams", "--upstream-port-base", "0", "--fault", "metrics=status:500", "--users", "3"]) {
      process in
      for name in ServiceName.allCases {
        let line = try await process.line(containing: name.rawValue)
        let port = try port(after: "http://127.0.0.1:", in: line)
        let path = [ServiceName.users: "/api/v1/actuator/health", .dashboard: "/health"][name] ?? "/"
        #expect(try await RawClient.fetch(port: port, path).status == (name == .metrics ? 500 : 200), "\(name)")
        let control = try self.port(after: "control http://127.0.0.1:", in: line)
        #expect(try await RawClient.fetch(port: control, "/_stats").json["total"]?.int == 1)
        #expect(
          try await RawClient.fetch("PUT", port: control, "/_fault", body: Array("none".utf8)).status == 200)
        #expect(try await RawClient.fetch(port: port, path).status == 200)
      }
    }
  }

  @Test func theDemoShowsAllFourSectionsToAPlainClient() async throws {
    try await withCommand(["demo", "--port", "0", "--upstream-port-base", "0", "--users", "4", "--posts", "9"]) { process in
      let line = try await process.line(containing: "curl http://127.0.0.1:")
      let port = try port(after: "http://127.0.0.1:", in: line)
      let document = try await RawClient.fetch(port: port, consolidated).json
      #expect(document["metadata"]?["complete"]?.boolean == true)
      #expect(document["metadata"]?["total_users"]?.int == 4)
      #expect(document["metadata"]?["total_posts_analyzed"]?.int == 9)
      let control = try await process.line(containing: "curl -X PUT -d hang")
      let controlPort = try self.port(after: "http://127.0.0.1:", in: control)
      let broken = try await RawClient.fetch("PUT", port: controlPort, "/_fault", body: Array("status:500".utf8))
      #expect(broken.status == 200)
      let stale = try await within(.seconds(30), "a stale section") {
        while true {
          let document = try await RawClient.fetch(port: port, consolidated).json
          let word = document["metadata"]?["services_status"]?["microservice3"]?.text
          if word == "unavailable", let metadata = document["metadata"] { return metadata }
        }
      }
      #expect(stale["sections"]?["metrics"]?["state"]?.text == "stale")
      #expect(stale["complete"]?.boolean == false)
    }
  }

  @Test func theDemoTakesAFaultAndALatencyFromTheStart() async throws {
    let options = ["--fault", "users=refuse", "--fault", "accounts=empty", "--latency", "metrics=200ms"]
    try await withCommand(["demo", "--port", "0", "--upstream-port-base", "0"] + options) { process in
      let line = try await process.line(containing: "curl http://127.0.0.1:")
      let response = try await RawClient.fetch(port: try port(after: "http://127.0.0.1:", in: line), consolidated)
      let words = try response.json["metadata"]?["services_status"]?.words
      #expect(words?["microservice1"] == "unavailable")
      #expect(words?["microservice2"] == "no_data")
      #expect(words?["microservice3"] == "ok")
      #expect(response.took >= .milliseconds(200))
    }
  }

  @Test func theDemoDoesNotTouchTheServicesOfTheEnvironment() async throws {
    try await ScriptedUpstream.with { _ in
      ScriptedUpstream.Reply(body: Array("[]".utf8))
    } test: { server in
      let process = try ChildProcess(
        ["demo", "--port", "0", "--upstream-port-base", "0"], environment: ["MICROSERVICE1_URL": server.url, "PORT": "1"])
      do {
        let line = try await process.line(containing: "curl http://127.0.0.1:")
        let document = try await RawClient.fetch(port: try port(after: "http://127.0.0.1:", in: line), consolidated).json
        #expect(document["metadata"]?["total_users"]?.int == 20)
      } catch {
        try await process.stop()
        throw error
      }
      try await process.stop()
      #expect(server.requests.value.isEmpty)
    }
  }

  @Test func healthEndsWith0OfALivingGatewayAnd1OfAnythingElse() async throws {
    try await withStack { stack in
      let good = try await ChildProcess.run(["health", "--url", "http://127.0.0.1:\(stack.gateway.port)/"])
      #expect(good.ending == .exit(0))
      #expect(good.errors.isEmpty)
      let rootless = try await ChildProcess.run(["health", "--url", "http://localhost:\(stack.gateway.port)"])
      #expect(rootless.ending == .exit(0))
      let missing = try await ChildProcess.run(["health", "--url", "http://127.0.0.1:\(stack.gateway.port)/nothing"])
      #expect(missing.ending == .exit(1))
      #expect(missing.errors.count == 1)
      try await stack.setFault(.refuse, of: .metrics)
      let refused = try await ChildProcess.run(["health", "--url", "http://127.0.0.1:\(stack.fakes.port(of: .metrics))/"])
      #expect(refused.ending == .exit(1))
      try await stack.setFault(.hang, of: .dashboard)
      let hanging = try await ChildProcess.run(["health", "--url", "http://127.0.0.1:\(stack.fakes.port(of: .dashboard))/health"])
      #expect(hanging.ending == .exit(1))
      #expect(hanging.took < .seconds(4))
    }
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func aSignalEndsServeWith0AndWhatIsUnderWayIsAnsweredFirst(signal: Int32) async throws {
    try await withStack { stack in
      try await stack.setFault(.slow(.seconds(1)), of: .metrics)
      async let response = stack.get(consolidated)
      _ = try await within(.seconds(5), "the call") { [fakes = stack.fakes] in
        try await fakes.stats(of: .metrics) { $0.inFlight == 1 }
      }
      stack.gateway.process.send(signal: signal)
      #expect(try await response.json["metadata"]?["complete"]?.boolean == true)
      #expect(try await stack.gateway.process.end(within: .seconds(5)) == .exit(0))
    }
  }

  @Test func anIdleConnectionDoesNotKeepTheProcess() async throws {
    try await withStack { stack in
      let client = try await RawClient.connect(port: stack.gateway.port)
      _ = try await client.get("/")
      #expect(try await stack.gateway.process.stop(within: .seconds(5)) == .exit(0))
      try await client.close()
    }
  }

  @Test func aHungServiceDoesNotKeepTheProcessPastTheDeadline() async throws {
    try await withStack(StackSetup(deadline: "1s")) { stack in
      try await stack.setFault(.hang, of: .metrics)
      async let response = stack.get(consolidated)
      _ = try await within(.seconds(5), "the call") { [fakes = stack.fakes] in
        try await fakes.stats(of: .metrics) { $0.inFlight == 1 }
      }
      #expect(try await stack.gateway.process.stop(within: .seconds(5)) == .exit(0))
      #expect(try await response.status == 200)
    }
  }
}
