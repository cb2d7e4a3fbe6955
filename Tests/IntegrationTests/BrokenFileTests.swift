import Testing

/// A broken configuration file is refused whole: exit code 2, one line a problem, nothing started.
@Suite struct BrokenFileTests {
  /// Files with their exact complaints beside them.
  static let explained = (try? files(in: Checkout.brokenFiles, endingIn: ".expected")) ?? []

  /// Files that must be refused, in whatever words.
  static let unexplained = ["same-label", "empty-label"]

  @Test func thereAreAtLeastTen() { #expect(Self.explained.count >= 10) }

  @Test(arguments: explained)
  func checkAndServeSayExactlyWhatIsWrong(name: String) async throws {
    let path = "Tests/IntegrationTests/Broken/\(name).yaml"
    let expected = try lines(of: "\(Checkout.brokenFiles)/\(name).expected").map { line in
      line.hasPrefix("{file}") ? path + line.dropFirst("{file}".count) : line
    }
    let check = try await ChildProcess.run(["check", "--config", path])
    #expect(check.ending == .exit(2))
    #expect(check.errors == expected)
    #expect(check.output.isEmpty)
    let serve = try await ChildProcess.run(["serve", "--port", "0", "--config", path])
    #expect(serve.ending == .exit(2))
    #expect(serve.errors == expected)
    #expect(serve.output.isEmpty)
    #expect(serve.took < .seconds(3))
    let variable = try await ChildProcess.run(["serve"], environment: ["TRIBUTARY_CONFIG": path])
    #expect(variable.ending == .exit(2))
    #expect(variable.errors == expected)
    #expect(!(check.errors + serve.errors).joined().contains("canary"))
  }

  @Test(arguments: unexplained)
  func whatCannotWorkIsRefused(name: String) async throws {
    let check = try await ChildProcess.run(["check", "--config", "Tests/IntegrationTests/Broken/\(name).yaml"])
    #expect(check.ending == .exit(2))
    #expect(!check.errors.isEmpty)
  }

  @Test(arguments: [
    ["--config", "/nonexistent/tributary.yaml"], ["--config", "Tests"], ["--config", ""], ["--port", "abc"], ["--port", "-1"],
    ["--loops", "1.5"], ["--port", "65536"],
  ])
  func anOptionThatCannotWorkIsRefused(options: [String]) async throws {
    let result = try await ChildProcess.run(["serve"] + options)
    #expect(result.ending == .exit(2))
    #expect(result.errors.count >= 1)
    #expect(result.output.isEmpty)
  }

  @Test func secretsAreNeverRepeated() async throws {
    let result = try await ChildProcess.run(
      ["check"],
      environment: [
        "TRIBUTARY_UPSTREAMS_USERS_CREDENTIAL": "canary-without-colon", "MICROSERVICE2_URL": "ftp://user:canary@host",
        "MICROSERVICE3_URL": "http://canary@host",
      ])
    #expect(result.ending == .exit(2))
    #expect(result.errors.count == 3)
    #expect(!result.errors.joined().contains("canary"))
  }

  @Test func theFilesOfTheProjectAreGood() async throws {
    let examples = try files(in: Checkout.root + "/config/examples", endingIn: ".yaml").map { "config/examples/\($0).yaml" }
    #expect(!examples.isEmpty)
    for path in ["config/tributary.yaml"] + examples {
      let result = try await ChildProcess.run(["check", "--config", path])
      #expect(result.ending == .exit(0), "\(path)")
      #expect(result.errors.isEmpty, "\(path)")
      #expect(!result.output.isEmpty, "\(path)")
    }
  }
}
