import Foundation
import Testing

/// `tributary keys`.
@Suite struct KeysCommandTests {
  /// A folder for the test, and a configuration that names a file of keys in it.
  private func withKeys(_ test: (_ run: ([String]) async throws -> ChildProcess.Result, _ file: String) async throws -> Void)
    async throws
  {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("tributary-keys-\(UUID().uuidString)").path
    defer { if FileManager.default.fileExists(atPath: file) { unlink(file) } }
    try await withFile("authentication:\n  api_keys:\n    file: \(file)\n") { configuration in
      try await test({ try await ChildProcess.run(["keys"] + $0 + ["--config", configuration]) }, file)
    }
  }

  @Test func aKeyIsPrintedOnceAndNeverListed() async throws {
    try await withKeys { run, file in
      let added = try await run(["add", "nightly", "--scope", "dashboard:all", "--days", "90"])
      #expect(added.ending == .exit(0) && added.errors.isEmpty && added.output.count == 1)
      let key = try #require(added.output.first)
      #expect(key.wholeMatch(of: /trb_[0-9a-f]{16}_[A-Za-z0-9_-]{43}/) != nil)
      let second = try await run(["add", "ops", "--scope", "admin", "--scope", "dashboard:user:7"])
      #expect(second.ending == .exit(0))
      let listed = try await run(["list"])
      #expect(listed.ending == .exit(0) && listed.errors.isEmpty && listed.output.count == 2)
      #expect(listed.output.first?.hasPrefix("nightly  dashboard:all  expires 20") == true)
      #expect(listed.output.last == "ops  admin,dashboard:user:7  never expires")
      let stored = try String(contentsOfFile: file, encoding: .utf8)
      #expect(!stored.contains(key.suffix(43)) && !stored.isEmpty)
      for line in stored.split(separator: "\n") {
        let hash = try #require(line.firstMatch(of: /"hash":"([^"]+)"/)?.1)
        #expect(!listed.output.joined().contains(hash))
      }
    }
  }

  @Test func aRevokedKeyIsGone() async throws {
    try await withKeys { run, _ in
      #expect(try await run(["add", "a", "--scope", "admin"]).ending == .exit(0))
      let revoked = try await run(["revoke", "a"])
      #expect(revoked.ending == .exit(0) && revoked.output == ["a is revoked."])
      let listed = try await run(["list"])
      #expect(listed.ending == .exit(0) && listed.output.isEmpty)
    }
  }

  @Test func whatCannotBeDoneEndsWith1AndSaysWhy() async throws {
    try await withKeys { run, file in
      let listed = try await run(["list"])
      #expect(listed.ending == .exit(1) && listed.errors == ["\(file): the file is not there"] && listed.output.isEmpty)
      let missing = try await run(["revoke", "a"])
      #expect(missing.ending == .exit(1) && missing.errors == ["\(file): the file has no key of that name"])
      #expect(try await run(["add", "a", "--scope", "admin"]).ending == .exit(0))
      let twice = try await run(["add", "a", "--scope", "admin"])
      #expect(
        twice.ending == .exit(1) && twice.errors == ["\(file): the file has a key of that name already"] && twice.output.isEmpty)
    }
  }

  @Test func aKeyThatCannotBeWrittenOrPrintedLeavesTheFileAsItWas() async throws {
    try await withKeys { run, file in
      #expect(try await run(["add", "a", "--scope", "admin"]).ending == .exit(0))
      let before = try String(contentsOfFile: file, encoding: .utf8)
      let add = "\(Checkout.binary) keys add b --scope admin --file \(file)"
      // A limit of the shell stands in for a disk that is full.
      let full = try await Tool.run("sh", "-c", "trap '' XFSZ; ulimit -f 0; \(add); echo exit $?")
      #expect(full == "\(file): the file stays as it was: it cannot be written (file too large)\nexit 1\n")
      let unheard = try await Tool.run("sh", "-c", "\(add) >/dev/full; echo exit $?")
      #expect(unheard == "\(file): the file stays as it was: the key cannot be printed\nexit 1\n")
      #expect(try String(contentsOfFile: file, encoding: .utf8) == before)
      let (folder, name) = ((file as NSString).deletingLastPathComponent, (file as NSString).lastPathComponent)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix(name) }
      #expect(left == [name])
    }
  }

  @Test(arguments: [
    ["add"], ["add", "a"], ["add", "A", "--scope", "admin"], ["add", "a@b.c", "--scope", "admin"],
    ["add", "a", "--scope", "root"],
    ["add", "a", "--scope", "dashboard:user:0"], ["add", "a", "--scope", "dashboard:all", "--scope", "dashboard:user:1"],
    ["add", "a", "--scope", "admin", "--days", "0"], ["revoke"], ["rotate"],
  ]) func badUsageEndsWith2AndWritesNothing(arguments: [String]) async throws {
    try await withKeys { run, file in
      let result = try await run(arguments)
      #expect(result.ending == .exit(2) && !result.errors.isEmpty && result.output.isEmpty)
      #expect(!FileManager.default.fileExists(atPath: file))
    }
  }

  @Test func withoutAFileInTheConfigurationOneMustBeNamed() async throws {
    let result = try await ChildProcess.run(["keys", "list"])
    #expect(result.ending == .exit(2) && result.errors.joined().contains("--file"))
  }

  @Test func aFileThatMakesNoSenseIsAProblemOfTheConfiguration() async throws {
    try await withKeys { run, file in
      try Data("{}\n".utf8).write(to: URL(fileURLWithPath: file))
      let result = try await run(["list"])
      #expect(result.ending == .exit(2) && result.errors.joined().contains("authentication.api_keys.file"))
    }
  }
}
