import NIOCore
import NIOPosix
import Testing
import Upstreams

/// Where settings come from, and which one counts.
@Suite struct ConfigurationTests {
  /// Who must be asked for users: the number of users says who it was.
  private func totalUsers(_ environment: [String: String], file: String) async throws -> Int? {
    let gateway = try await GatewayUnderTest.start(["--port", "0", "--config", file], environment: environment)
    let total: Int?
    do {
      total = try await RawClient.fetch(port: gateway.port, consolidated).json["metadata"]?["total_users"]?.int
    } catch {
      try await gateway.process.stop()
      throw error
    }
    try await gateway.process.stop()
    return total
  }

  private static func rows(_ count: Int) -> @Sendable (ScriptedUpstream.Request) -> ScriptedUpstream.Reply {
    { _ in ScriptedUpstream.Reply(body: Array("[\(Array(repeating: "{}", count: count).joined(separator: ","))]".utf8)) }
  }

  @Test func aVariableOfOursCountsMoreThanALegacyOneAndThatMoreThanTheFile() async throws {
    try await ScriptedUpstream.with(answer: Self.rows(1)) { first in
      try await ScriptedUpstream.with(answer: Self.rows(2)) { second in
        try await ScriptedUpstream.with(answer: Self.rows(3)) { third in
          try await withFile("upstreams:\n  users:\n    url: \(first.url)\n") { file in
            let legacy = ["MICROSERVICE1_URL": second.url]
            let both = legacy.merging(["TRIBUTARY_UPSTREAMS_USERS_URL": third.url]) { $1 }
            let totals = [
              try await totalUsers([:], file: file), try await totalUsers(legacy, file: file),
              try await totalUsers(both, file: file),
            ]
            #expect(totals == [1, 2, 3])
          }
        }
      }
    }
  }

  /// Holds a port, so that a gateway that is told to use it cannot start.
  private func withOccupiedPort(_ test: (Int) async throws -> Void) async throws {
    try await ScriptedUpstream.with(answer: Self.rows(0)) { try await test($0.port) }
  }

  private func starts(_ options: [String], _ environment: [String: String]) async throws -> Bool {
    let environment = environment.merging(["TRIBUTARY_ADMIN_PORT": "0"]) { given, _ in given }
    let process = try ChildProcess(["serve"] + options, environment: environment)
    do {
      _ = try await process.line(containing: "Server started and listening on")
    } catch is ChildProcess.NoSuchLine {
      #expect(try await process.end() == .exit(1))
      return false
    } catch {
      try await process.stop()
      throw error
    }
    #expect(try await process.stop() == .exit(0))
    return true
  }

  private func expectStart(
    _ options: [String], _ environment: [String: String], sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let hasStarted = try await starts(options, environment)
    #expect(hasStarted, sourceLocation: sourceLocation)
  }

  /// It takes the port that is occupied, and so fails at run time.
  private func expectRefusal(
    _ options: [String], _ environment: [String: String], sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let hasStarted = try await starts(options, environment)
    #expect(!hasStarted, sourceLocation: sourceLocation)
  }

  @Test func anOptionCountsMoreThanAnyVariableAndAnyVariableMoreThanTheFile() async throws {
    try await withOccupiedPort { port in
      let taken = "\(port)"
      try await expectRefusal([], ["PORT": taken])
      try await expectRefusal([], ["TRIBUTARY_SERVER_PORT": taken])
      try await expectRefusal([], ["TRIBUTARY_SERVER_PORT": taken, "PORT": "0"])
      try await expectStart([], ["TRIBUTARY_SERVER_PORT": "0", "PORT": taken])
      try await expectStart(["--port", "0"], ["TRIBUTARY_SERVER_PORT": taken, "PORT": taken])
      try await expectRefusal(["--port", taken], ["TRIBUTARY_SERVER_PORT": "0", "PORT": "0"])
      try await withFile("server:\n  port: \(port)\n") { file in
        try await expectRefusal(["--config", file], [:])
        try await expectStart(["--config", file], ["PORT": "0"])
        try await expectStart([], ["TRIBUTARY_CONFIG": file, "TRIBUTARY_SERVER_PORT": "0"])
      }
      try await withFile("server:\n  port: 0\n") { file in
        try await expectStart(["--config", file], [:])
        // The option names the file, whatever the variable does.
        try await expectStart(["--config", file], ["TRIBUTARY_CONFIG": "/nonexistent.yaml"])
        try await expectRefusal(["--config", file], ["PORT": taken])
      }
    }
  }

  @Test func requestTimeoutIsTheDeadlineInSeconds() async throws {
    try await withStack(StackSetup(deadline: nil, environment: ["REQUEST_TIMEOUT": "0.5"])) { stack in
      try await stack.setFault(.hang, of: .metrics)
      let response = try await stack.get(consolidated)
      #expect(response.took >= .milliseconds(300) && response.took < .milliseconds(1500))
    }
  }

  @Test func maxRetriesIsTheNumberOfTriesAndRetryDelayThePauseInSeconds() async throws {
    try await withStack(StackSetup(environment: ["MAX_RETRIES": "5", "RETRY_DELAY": "0.001"])) { stack in
      try await stack.setFault(.status(503), of: .metrics)
      let response = try await stack.get(consolidated)
      #expect(stack.fakes.stats(of: .metrics).total == 5)
      #expect(response.took < .seconds(2))
    }
  }

  @Test(arguments: [
    ("PORT", "abc", "server.port"), ("LOG_LEVEL", "loud", "log.level"), ("REQUEST_TIMEOUT", "soon", "request.deadline"),
    ("MAX_RETRIES", "-1", "retry.attempts"), ("RETRY_DELAY", "soon", "retry.backoff"),
    ("MICROSERVICE1_URL", "users", "upstreams.users.url"), ("MICROSERVICE2_URL", "ftp://a", "upstreams.accounts.url"),
    ("MICROSERVICE3_URL", "http://", "upstreams.metrics.url"), ("MICROSERVICE4_URL", "http://a:0", "upstreams.dashboard.url"),
    ("TRIBUTARY_SERVER_PORT", "65536", "server.port"), ("TRIBUTARY_SERVER_PROT", "80", "TRIBUTARY_SERVER_PORT"),
  ])
  func aVariableThatIsWrongIsNamed(name: String, value: String, key: String) async throws {
    let check = try await ChildProcess.run(["check"], environment: [name: value])
    #expect(check.ending == .exit(2))
    #expect(check.errors.count == 1)
    #expect(check.errors.first?.contains(name) == true)
    #expect(check.errors.first?.contains(key) == true)
    let serve = try await ChildProcess.run(["serve"], environment: [name: value])
    #expect(serve.ending == .exit(2))
    #expect(serve.errors == check.errors)
  }

  @Test func theLogLevelLeavesLinesOut() async throws {
    try await withStack(StackSetup(environment: ["LOG_LEVEL": "debug"])) { stack in
      _ = try await stack.get("/")
      _ = try await stack.gateway.process.line(containing: #""message":"Request""#)
    }
  }
}
