import Foundation
import NIOCore
import TestSupport
import Testing
import Upstreams

/// What `tributary simulate` and `check --matrix` say is what the gateway does.
@Suite struct SimulationTests {
  /// How services fail, in the words of both.
  struct Case: Sendable, CustomTestStringConvertible {
    /// By service: the fault of a fake service, and the word of the simulation.
    let failures: [ServiceName: (fault: String, word: String)]
    var target = consolidated
    var options: [String] = []
    var cache = "cold"

    var testDescription: String {
      "\(failures.map { "\($0.key)=\($0.value.word)" }.sorted().joined(separator: ",")) \(cache) \(target)"
    }

    var simulated: [String] {
      let words = failures.map { "\($0.key.rawValue)=\($0.value.word)" }
      return ["simulate", "--cache", cache] + (words.isEmpty ? [] : ["--fail", words.joined(separator: ",")]) + options
    }
  }

  /// More than a request line may have.
  private static let long = String(repeating: "x", count: 8200)
  private static let summaryOptions = ["--document", "summary"]

  private static func all(_ fault: String, _ word: String) -> [ServiceName: (fault: String, word: String)] {
    ServiceName.allCases.reduce(into: [:]) { $0[$1] = (fault, word) }
  }

  static let cases = [
    Case(failures: [:]), Case(failures: [:], target: summary + "?user_id=7", options: summaryOptions + ["--user-id", "7"]),
    Case(failures: [.metrics: ("refuse", "refused")]), Case(failures: [.accounts: ("hang", "timeout")]),
    Case(failures: [.users: ("status:503", "503")], target: summary, options: summaryOptions),
    Case(failures: [.metrics: ("status:404", "404")], target: summary, options: summaryOptions),
    Case(failures: [.dashboard: ("garbage", "invalid")]), Case(failures: [.users: ("wrong-shape", "wrong-shape")]),
    Case(failures: [.accounts: ("empty", "empty")]), Case(failures: [.metrics: ("reset", "reset")]),
    Case(failures: [.users: ("truncated", "truncated")]), Case(failures: [.users: ("status:401", "unauthorized")]),
    Case(failures: [.accounts: ("status:429", "overloaded")]), Case(failures: [.dashboard: ("bad-chunk", "malformed")]),
    Case(failures: [.users: ("refuse", "refused"), .metrics: ("status:500", "500")], target: summary, options: summaryOptions),
    Case(failures: all("refuse", "refused")), Case(failures: all("hang", "timeout"), target: summary, options: summaryOptions),
    Case(failures: all("refuse", "refused"), cache: "warm"),
    Case(failures: [.metrics: ("status:503", "503")], target: summary, options: summaryOptions, cache: "stale"),
    Case(failures: all("reset", "reset"), cache: "stale"),
    Case(failures: [.users: ("status:403", "403")], cache: "stale"),
    Case(
      failures: [.accounts: ("refuse", "refused")], target: summary + "?min_views=500000&fields=trends,rankings&top=9",
      options: summaryOptions + ["--query", "min_views=500000&fields=trends,rankings&top=9"], cache: "warm"),
    Case(
      failures: [.dashboard: ("refuse", "refused")], target: consolidated + "?user_id=2&date_from=2025-01-01&limit=3",
      options: ["--user-id", "2", "--query", "date_from=2025-01-01&limit=3"]),
    Case(failures: [:], target: consolidated + "?a=" + long, options: ["--query", "a=" + long]),
  ]

  private static let requestID = String(repeating: "0", count: 32)

  @Test(arguments: cases) func theRealGatewayGivesTheSameBytes(example: Case) async throws {
    var setup = StackSetup(caches: true)
    for name in ServiceName.allCases {
      setup.environment["TRIBUTARY_UPSTREAMS_\(name.rawValue.uppercased())_ATTEMPT_TIMEOUT"] = "700ms"
    }
    if example.cache == "stale" {
      setup.environment["TRIBUTARY_CACHE_TTL"] = "0s"
      setup.environment["TRIBUTARY_CACHE_STALE_WHILE_REVALIDATE"] = "0s"
    }
    try await withStack(setup) { [setup] stack in
      if example.cache != "cold" { #expect(try await stack.get(example.target).status == 200) }
      for (service, failure) in example.failures { try await stack.setFault(try Fault(failure.fault), of: service) }
      let real = try await stack.get(example.target, fields: [("x-request-id", Self.requestID)])
      let simulated = try await Self.simulated(example.simulated, setup.environment(for: stack.fakes))
      #expect(simulated.status == real.status)
      #expect(Self.timeless(simulated.text) == Self.timeless(real.text))
      #expect(Self.lines(simulated) == Self.lines(real))
    }
  }

  private static func simulated(_ arguments: [String], _ environment: [String: String]) async throws -> RawResponse {
    let process = try ChildProcess(arguments, environment: environment)
    #expect(try await process.end() == .exit(0), "\(process.errors.value.lines)")
    let output = process.output.value
    var bytes = ByteBuffer(string: output.lines.map { $0 + "\n" }.joined())
    bytes.writeBytes(output.rest)
    let response = try #require(try ResponseParser.next(from: &bytes, toHead: false))
    #expect(bytes.readableBytes == 0)
    return response
  }

  /// The fields, without what chance and time have put in.
  private static func lines(_ response: RawResponse) -> [String] {
    response.fields.map { name, value in
      switch name {
      case "date", "etag", "age": name
      case "server-timing": "\(name): \(value.replacing(/dur=[0-9.]+/, with: "dur="))"
      case "cache-control": "\(name): \(value.replacing(/max-age=[0-9]+/, with: "max-age="))"
      case "cache-status": "\(name): \(value.replacing(/ttl=-?[0-9]+/, with: "ttl="))"
      default: "\(name): \(value)"
      }
    }
  }

  private static func timeless(_ body: String) -> String {
    body.replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/, with: "TIME")
  }

  @Test func theShippedContractHolds() async throws {
    let file = "\(Checkout.root)/config/matrix.yaml"
    let result = try await ChildProcess.run(["check", "--assert", file], within: .seconds(60))
    #expect(result.ending == .exit(0), "\(result.errors)")
    let printed = try await ChildProcess.run(["check", "--matrix", "--format", "yaml"], within: .seconds(60))
    #expect(printed.output == (try String(contentsOfFile: file, encoding: .utf8)).split(separator: "\n").map(String.init))
  }

  @Test func aContractThatDoesNotHoldEndsWith1AndSaysWhy() async throws {
    let row = "- {document: summary, available: [users], cache: cold, status: 503, sections: {users: fresh, metrics: stale}}\n"
    try await withFile(row) { file in
      let result = try await ChildProcess.run(["check", "--assert", file], within: .seconds(60))
      #expect(result.ending == .exit(1))
      let place = "\(file):1: summary with users, cache cold"
      #expect(
        result.errors == [
          "\(place): status: expected 503, found 200", "\(place): sections.metrics: expected stale, found missing",
          "2 things do not hold.",
        ])
    }
    try await withFile("\n- {document: summary, available: all, cache: cold, sections: {users: frsh}}\n") { file in
      let result = try await ChildProcess.run(["check", "--assert", file], within: .seconds(60))
      #expect(result.ending == .exit(2))
      #expect(result.errors == ["\(file):2: sections.users: found \"frsh\", allowed: fresh, cached, stale, missing"])
    }
    try await withFile("- {document: summary}\n") { file in
      let result = try await ChildProcess.run(["check", "--assert", file], within: .seconds(60))
      #expect(result.ending == .exit(2))
      #expect(result.errors.first?.hasPrefix("\(file):1: ") == true)
    }
  }

  @Test(arguments: [
    (["--fail", "metric=timeout"], "users, accounts, metrics, dashboard"), (["--fail", "metrics=late"], "connect-timeout"),
    (["--fail", "metrics"], "UPSTREAM=FAILURE"), (["--fail", "metrics=timeout,metrics=503"], "given twice"),
    (["--fail", "users=503", "--fail", "users=503"], "given twice"), (["--user-id", "0"], "--user-id"),
    (["--cache", "hot"], "revalidating"),
    (["--header", "no colon"], "Name: value"), (["--bodies", "not/there"], "NAME.json"),
  ])
  func whatCannotBeSimulatedEndsWith2AndSaysWhatCan(arguments: [String], hint: String) async throws {
    let result = try await ChildProcess.run(["simulate"] + arguments)
    #expect(result.ending == .exit(2))
    #expect(result.output.isEmpty)
    #expect(result.errors.contains { $0.contains(hint) }, "\(result.errors)")
  }

  @Test func bodiesComeFromAFolder() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tributary-bodies-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { do { try FileManager.default.removeItem(at: folder) } catch { Issue.record(error) } }
    try Data(#"[{"id":  1}]"#.utf8).write(to: folder.appendingPathComponent("users.json"))
    let answer = try await Self.simulated(["simulate", "--bodies", folder.path], [:])
    #expect(answer.text.hasPrefix(#"{"users":[{"id":  1}],"#))
    let head = try await ChildProcess.run(["simulate", "--bodies", folder.path, "--head"])
    #expect(head.output.first == "HTTP/1.1 200 OK\r" && head.output.last == "\r")
    try Data("[]".utf8).write(to: folder.appendingPathComponent("nobody.json"))
    let stranger = try await ChildProcess.run(["simulate", "--bodies", folder.path])
    #expect(stranger.ending == .exit(2))
    #expect(stranger.errors.first?.contains("nobody.json") == true)
  }
}
