import Testing

/// A running `tributary demo`.
struct Demo: Sendable {
  let process: ChildProcess
  let port: Int
  let adminPort: Int

  var address: String { "http://127.0.0.1:\(port)" }
  var admin: String { "http://127.0.0.1:\(adminPort)" }
}

/// Runs the test against a demo of its own, and stops it whatever happened.
func withDemo(_ options: [String] = [], places: Int = 1, _ test: (Demo) async throws -> Void) async throws {
  try await Turnstile.machine.pass(taking: places) {
    let process = try ChildProcess(["demo", "--port", "0", "--upstream-port-base", "0"] + options)
    do {
      let admin = try await port(in: "Admin listening on", of: process)
      try await test(Demo(process: process, port: try await port(in: "Server started", of: process), adminPort: admin))
    } catch {
      try await process.stop()
      throw error
    }
    #expect(try await process.stop() == .exit(0))
  }
}

private func port(in text: String, of process: ChildProcess) async throws -> Int {
  let line = try await process.line(containing: text)
  let message = try #require(try JSON(parsing: Array(line.utf8))["message"]?.text)
  return try #require(message.split(separator: ":").last.flatMap { Int($0) })
}

/// Looks at pages in Chromium (`scripts/check-pages.py`), and says what is wrong with them.
func checkPage(_ check: String, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws {
  let script = "\(Checkout.root)/scripts/check-pages.py"
  let output = try await within(.seconds(240), "the check \(check)") {
    try await Tool.run(["python3", script, check] + arguments)
  }
  #expect(output == "passed\n", "\(output)", sourceLocation: sourceLocation)
}
