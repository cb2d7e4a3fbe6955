import Foundation
import Glibc
import NIOCore
import NIOPosix
import Resilience
import Testing

@testable import Identity

@Suite struct APIKeyTests {
  private static func configuration(_ path: String) -> IdentityConfiguration {
    var configuration = IdentityConfiguration()
    configuration.modes = [.apiKey]
    configuration.apiKeyFile = path
    return configuration
  }

  private func add(
    _ name: String, _ scopes: Set<APIKeyScope>, expires: Timestamp? = nil, to path: String
  ) throws -> Credentials {
    Credentials(apiKey: try APIKeyFile(path: path).add(name: name, scopes: scopes, expires: expires, at: Forge.now))
  }

  @Test func aKeySaysWhoItIsByItsScopes() async throws {
    try await withFolder { folder in
      let path = "\(folder)/keys"
      let all = try add("all", [.everybody], to: path)
      let one = try add("one", [.user(42), .operators], expires: Forge.now.after(10), to: path)
      let operators = try add("ops", [.operators], to: path)
      try await withLoops { group in
        try await Scene.with(Self.configuration(path), on: group) { scene in
          #expect(try await scene.remembered(all) == nil)
          let first = try #require(await scene.authenticate(all).value)
          #expect(
            first.subject == "all" && first.role == .admin && first.userID == nil && first.proof == .apiKey
              && first.expires == nil)
          #expect(first.scopes == ["dashboard:all"])
          #expect(try await scene.remembered(all) == first)
          let second = try #require(await scene.authenticate(one, on: 1).value)
          #expect(second.role == .user && second.userID == 42 && second.scopes == ["dashboard:user:42", "admin"])
          #expect(try await scene.remembered(one, at: Forge.now.after(10), on: 1) == nil)
          #expect(await scene.authenticate(one, at: Forge.now.after(10), on: 1).failure == .expired)
          let third = try #require(await scene.authenticate(operators).value)
          #expect(third.role == .user && third.userID == nil && third.scopes == ["admin"])
        }
      }
    }
  }

  @Test func whatIsNoKeyOfOursIsRefused() async throws {
    try await withFolder { folder in
      let path = "\(folder)/keys"
      let good = try #require(try add("good", [.everybody], to: path).apiKey)
      let other = try #require(try add("other", [.everybody], to: path).apiKey)
      try await withLoops { group in
        try await Scene.with(Self.configuration(path), on: group) { scene in
          var bad: [String] = [
            "", "x", "trb_", String(good.dropLast()), "\(good)A", " \(good)", "\(good) ", good.uppercased(),
            "TRB\(good.dropFirst(3))",
            // The one's id with the other's secret; nobody's id.
            "\(good.prefix(21))\(other.dropFirst(21))", "trb_0000000000000000_\(good.dropFirst(21))",
            String(repeating: "_", count: 64),
            String(repeating: "\u{0}", count: 64), String(repeating: "é", count: 32),
          ]
          for (place, character) in good.enumerated() {
            var text = Array(good)
            text[place] = character == "a" ? "b" : "a"
            bad.append(String(text))
          }
          for text in bad {
            let failure = await scene.authenticate(Credentials(apiKey: text)).failure
            guard case .invalid = failure else {
              Issue.record("\(text) \(String(describing: failure))")
              continue
            }
          }
          #expect(await scene.authenticate(Credentials(apiKey: good)).value != nil)
        }
      }
    }
  }

  @Test func aRunningAuthenticatorTakesUpWhatChanges() async throws {
    try await withFolder { folder in
      let path = "\(folder)/keys"
      try await withLoops { group in
        try await Scene.with(Self.configuration(path), on: group) { scene in
          #expect(await scene.event { $0 == .apiKeysNotRead(reason: "the file is not there") } != nil)
          let first = try add("first", [.everybody], to: path)
          #expect(await scene.event { $0 == .apiKeysRead(count: 1) } != nil)
          #expect(await scene.authenticate(first).value != nil)
          #expect(await scene.authenticate(first, on: 1).value != nil)
          // What makes no sense changes nothing.
          try FileManager.default.copyItem(atPath: path, toPath: "\(path).good")
          try Data("{}\n".utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
          #expect(await scene.event(\.isTrouble) != nil)
          #expect(await scene.authenticate(first, at: Forge.now.after(61)).value != nil)
          try FileManager.default.removeItem(atPath: path)
          try FileManager.default.moveItem(atPath: "\(path).good", toPath: path)
          let second = try add("second", [.everybody], to: path)
          try APIKeyFile(path: path).revoke(name: "first")
          #expect(await scene.event { $0 == .apiKeysRead(count: 1) } != nil)
          // The other loop is told in a turn of its own.
          for loop in scene.loops { try await loop.submit {}.get() }
          for loop in 0...1 {
            #expect(try await scene.remembered(first, on: loop) == nil)
            #expect(await scene.authenticate(first, on: loop).failure == .invalid(reason: "no such API key"))
            #expect(await scene.authenticate(second, on: loop).value != nil)
          }
          // As at the start: no file, no keys.
          try FileManager.default.removeItem(atPath: path)
          #expect(await scene.event { $0 == .apiKeysNotRead(reason: "the file is not there, and no key counts") } != nil)
          for loop in scene.loops { try await loop.submit {}.get() }
          for loop in 0...1 { #expect(await scene.authenticate(second, on: loop).value == nil) }
        }
      }
    }
  }

  @Test func theFileHoldsNoSecretAndIsItsOwnersAlone() async throws {
    try await withFolder { folder in
      let path = "\(folder)/keys"
      let key = try #require(try add("one", [.everybody], to: path).apiKey)
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(!text.contains(key.suffix(43)) && text.contains("\"name\":\"one\""))
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o600)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["keys"])
    }
  }

  @Test func aNameStandsForOneKey() async throws {
    try await withFolder { folder in
      let file = APIKeyFile(path: "\(folder)/keys")
      #expect(throws: APIKeyFile.Fault.missing) { try file.read() }
      _ = try file.add(name: "a", scopes: [.everybody], expires: nil, at: Forge.now)
      #expect(throws: APIKeyFile.Fault.self) { try file.add(name: "a", scopes: [.user(1)], expires: nil, at: Forge.now) }
      #expect(throws: APIKeyFile.Fault.self) { try file.add(name: "B", scopes: [.user(1)], expires: nil, at: Forge.now) }
      #expect(throws: APIKeyFile.Fault.self) { try file.add(name: "b", scopes: [], expires: nil, at: Forge.now) }
      #expect(throws: APIKeyFile.Fault.self) {
        try file.add(name: "b", scopes: [.everybody, .user(1)], expires: nil, at: Forge.now)
      }
      #expect(throws: APIKeyFile.Fault.self) { try file.revoke(name: "b") }
      _ = try file.add(name: "b", scopes: [.user(1)], expires: Forge.now, at: Forge.now)
      #expect(try file.read().map(\.name) == ["a", "b"])
      try file.revoke(name: "a")
      #expect(try file.read().map(\.expires) == [Forge.now])
      #expect(throws: APIKeyFile.Fault.self) {
        try APIKeyFile(path: "\(folder)/no/keys").add(name: "a", scopes: [.everybody], expires: nil, at: Forge.now)
      }
    }
  }

  @Test func twoWhoEditAtOnceDoNotUndoEachOther() async throws {
    try await withFolder { folder in
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        for number in 0..<20 {
          tasks.addTask {
            _ = try APIKeyFile(path: "\(folder)/keys").add(name: "k\(number)", scopes: [.user(1)], expires: nil, at: Forge.now)
          }
        }
        try await tasks.waitForAll()
      }
      #expect(try APIKeyFile(path: "\(folder)/keys").read().count == 20)
    }
  }

  @Test func aFileThatEverybodyMayWriteToIsRefused() async throws {
    try await withFolder { folder in
      let file = APIKeyFile(path: "\(folder)/keys")
      _ = try file.add(name: "a", scopes: [.everybody], expires: nil, at: Forge.now)
      #expect(chmod(file.path, 0o666) == 0)
      #expect(throws: APIKeyFile.Fault(reason: "everybody may write to")) { try file.read() }
    }
  }

  @Test func oneBadLineSpoilsTheFile() throws {
    let good =
      "{\"name\":\"a\",\"id\":\"0123456789abcdef\",\"salt\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"hash\":\"\(String(repeating: "A", count: 43))\","
      + "\"scopes\":[\"admin\"],\"created\":\"2026-03-01T09:30:00Z\"}"
    #expect(try APIKeyFile.keys(Array("# ours\n\n  \r\n\(good)\n".utf8)).map(\.name) == ["a"])
    #expect(try APIKeyFile.keys(Array(good.utf8)).count == 1)
    let bad = [
      good.replacing("\"a\"", with: "\"A\""), good.replacing("cdef", with: "cdeg"), good.replacing("\"admin\"", with: "\"root\""),
      good.replacing("[\"admin\"]", with: "[]"), good.replacing("2026-03-01", with: "2026-02-30"),
      good.replacing("}", with: ",\"ip\":1}"),
      good.replacing("}", with: ",\"expires\":null}"), good.replacing("AAAAAAAAAAAAAAAAAAAAAA\",\"h", with: "AAAA\",\"h"),
      "\(good)\n\(good)",
      "{}", "nonsense", good.replacing("\"admin\"", with: "\"dashboard:all\",\"dashboard:user:1\""),
    ]
    for text in bad { #expect(throws: APIKeyFile.Fault.self, "\(text)") { try APIKeyFile.keys(Array(text.utf8)) } }
  }

  @Test func aScopeIsReadAsItIsWritten() {
    for scope in [APIKeyScope.everybody, .operators, .user(1), .user(.max)] { #expect(APIKeyScope(scope.description) == scope) }
    for text in [
      "", "dashboard", "dashboard:", "dashboard:user:", "dashboard:user:0", "dashboard:user:-1", "dashboard:user:01", "Admin",
      "all",
    ] {
      #expect(APIKeyScope(text) == nil)
    }
  }
}
