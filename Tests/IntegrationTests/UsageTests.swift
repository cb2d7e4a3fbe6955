import Testing

/// The command line.
/// One after the other: how long a process takes is the question, not how long thirty take at once.
@Suite(.serialized) struct UsageTests {
  static let options = [
    "serve": ["--config", "--host", "--port", "--loops"],
    "demo": [
      "--host", "--port", "--loops", "--upstream-port-base", "--users", "--accounts", "--posts", "--seed", "--fault", "--latency",
    ],
    "upstreams": ["--host", "--upstream-port-base", "--users", "--accounts", "--posts", "--seed", "--fault", "--latency"],
    "check": ["--config"], "health": ["--url"], "purge": ["--all", "--hard", "--url"], "keys": [],
  ]

  @Test(arguments: [
    ["--nope"], ["frobnicate"], ["serve", "--nope"], ["serve", "--port"], ["serve", "extra"], ["check", "--nope"],
    ["demo", "--fault", "metrics=nonsense"], ["demo", "--fault", "metrics"], ["demo", "--fault", "nobody=hang"],
    ["upstreams", "--fault", "metrics=slow"], ["upstreams", "--fault", "metrics=status:99"],
    ["upstreams", "--latency", "users=fast"],
    ["upstreams", "--upstream-port-base", "70000"], ["demo", "--users", "-1"], ["demo", "--users", "x"], ["demo", "--seed", "x"],
    ["health", "--url", "ftp://somewhere"], ["health", "--url", ""],
    ["purge"], ["purge", "users", "--all"], ["purge", "a b"], ["purge", ""], ["purge", "users", "--url", "ftp://somewhere"],
  ])
  func badUsageEndsWith2AndSaysWhy(arguments: [String]) async throws {
    let result = try await ChildProcess.run(arguments)
    #expect(result.ending == .exit(2))
    #expect(!result.errors.isEmpty)
    #expect(result.output.isEmpty)
    #expect(result.took < .seconds(3))
  }

  @Test func aBadLatencyIsBlamedOnItsOption() async throws {
    let result = try await ChildProcess.run(["upstreams", "--latency", "users=fast"])
    let text = result.errors.joined(separator: "\n")
    #expect(text.contains("--latency") && text.contains("fast"))
    #expect(!text.contains("no such fault") && !text.contains("hang-after-headers"))
  }

  @Test func theVersionIsPrinted() async throws {
    for arguments in [["--version"], ["serve", "--version"]] {
      let result = try await ChildProcess.run(arguments)
      #expect(result.ending == .exit(0))
      #expect(result.output.count == 1)
      #expect(result.output.first?.wholeMatch(of: /\d+\.\d+\.\d+/) != nil)
    }
  }

  @Test(arguments: options.keys.sorted())
  func theHelpOfACommandNamesEveryOption(command: String) async throws {
    for arguments in [[command, "--help"], ["help", command], [command, "-h"]] {
      let result = try await ChildProcess.run(arguments)
      #expect(result.ending == .exit(0))
      for option in Self.options[command] ?? [] {
        #expect(result.output.contains { $0.hasPrefix("  \(option)") }, "\(command) \(option)")
      }
    }
  }

  @Test func theHelpNamesEveryCommandAndTheExitCodes() async throws {
    for arguments in [["--help"], [], ["help"]] {
      let result = try await ChildProcess.run(arguments)
      #expect(result.ending == .exit(0), "\(arguments)")
      let text = result.output.joined(separator: "\n")
      for command in Self.options.keys { #expect(text.contains("  \(command) "), "\(command)") }
      #expect(text.contains("Exit codes"))
    }
  }
}
