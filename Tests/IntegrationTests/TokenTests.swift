import Crypto
import Foundation
import Glibc
import TestSupport
import Testing
import Upstreams

/// Tokens and API keys, shown to the real binary.
@Suite struct TokenTests {
  private static let secret = "canary-signing-secret-of-more-than-32-bytes"
  private static let mail = "canary-ana@example.com"

  private static func configuration(_ modes: String, secretFile: String, keyFile: String = "") -> String {
    """
    authentication:
      modes: [\(modes)]
      jwt:
        user_id_claim: uid
        keys:
          users: {algorithm: HS256, secret_file: \(secretFile)}
    \(keyFile.isEmpty ? "" : "  api_keys: {file: \(keyFile)}")

    """
  }

  /// As the users service signs (contract §5), with the user's id beside.
  private static func token(_ role: String, user: Int = 1, secret: String = secret, algorithm: String = "HS256") -> String {
    func encoded(_ text: String) -> String { encoded(Data(text.utf8)) }
    func encoded(_ data: Data) -> String {
      data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
    let claims = #"{"sub":"\#(mail)","role":"\#(role)","uid":\#(user),"exp":\#(time(nil) + 600)}"#
    let signed = encoded(#"{"alg":"\#(algorithm)","typ":"JWT"}"#) + "." + encoded(claims)
    let code = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: SymmetricKey(data: Data(secret.utf8)))
    return "\(signed).\(encoded(Data(code)))"
  }

  private func bearing(_ token: String) -> [(String, String)] { [("authorization", "Bearer \(token)")] }

  private func withTokens(
    _ modes: String = "jwt", keyFile: String = "", _ test: (Stack, _ secretFile: String) async throws -> Void
  ) async throws {
    try await withFile(Self.secret) { secretFile in
      try await withFile(Self.configuration(modes, secretFile: secretFile, keyFile: keyFile)) { file in
        var setup = StackSetup(caches: true)
        setup.options = ["--config", file]
        try await withStack(setup) { try await test($0, secretFile) }
      }
    }
  }

  @Test func aTokenOpensWhatItsRoleMaySee() async throws {
    try await withTokens { stack, _ in
      let refused: [[(String, String)]] = [
        [], bearing(Self.token("ADMIN", secret: "another secret of more than 32 bytes.")), bearing(Self.token("ADMIN") + "x"),
        bearing(Self.token("ADMIN", algorithm: "none")), bearing(Self.token("ROOT")), [("authorization", "Basic YTpi")],
        bearing(Self.token("ADMIN")) + bearing(Self.token("ADMIN")), [("x-user-id", "1"), ("x-user-role", "ADMIN")],
      ]
      for fields in refused {
        let answer = try await stack.get(consolidated, fields: fields)
        try expectProblem(answer, status: 401, instance: consolidated)
        #expect(answer["www-authenticate"]?.hasPrefix("Bearer realm=\"tributary\"") == true)
      }
      let user = bearing(Self.token("USER", user: 4))
      try expectProblem(try await stack.get(consolidated, fields: user), status: 403, instance: consolidated)
      try expectProblem(try await stack.get(consolidated + "?user_id=5", fields: user), status: 403, instance: consolidated)
      for name in ServiceName.allCases { #expect(stack.calls(of: name) == 0, "\(name) was asked for nobody") }
      #expect(try await stack.get(consolidated + "?user_id=4", fields: user).status == 200)
      for _ in 0..<3 { #expect(try await stack.get(consolidated, fields: bearing(Self.token("ADMIN"))).status == 200) }
      #expect(try await stack.get("/livez").status == 200)
      let said = stack.gateway.process.output.value.lines + stack.gateway.process.errors.value.lines
      #expect(said.count > 10 && !said.contains { $0.contains("canary") || $0.contains("eyJ") })
    }
  }

  @Test func anotherSecretCountsFromTheReloadOn() async throws {
    try await withTokens { stack, secretFile in
      let (old, new) = (Self.token("ADMIN"), Self.token("ADMIN", secret: "the secret that comes after the first one"))
      #expect(try await stack.get(summary, fields: bearing(old)).status == 200)
      #expect(try await stack.get(summary, fields: bearing(new)).status == 401)
      try "the secret that comes after the first one".write(toFile: secretFile, atomically: true, encoding: .utf8)
      stack.gateway.process.send(signal: SIGHUP)
      _ = try await stack.gateway.process.line(containing: "Configuration reloaded")
      #expect(try await stack.get(summary, fields: bearing(old)).status == 401)
      #expect(try await stack.get(summary, fields: bearing(new)).status == 200)
    }
  }

  @Test func noReloadOpensAGatewayThatAsksWhoCalls() async throws {
    try await withFile(Self.secret) { secretFile in
      try await withFile(Self.configuration("jwt", secretFile: secretFile)) { file in
        var setup = StackSetup(caches: true)
        setup.options = ["--config", file]
        try await withStack(setup) { stack in
          let contents = ["", "server:\n  host: 127.0.0.1\n", Self.configuration("none, jwt", secretFile: secretFile)]
          for (number, content) in contents.enumerated() {
            try content.write(toFile: file, atomically: true, encoding: .utf8)
            stack.gateway.process.send(signal: SIGHUP)
            _ = try await within(.seconds(30), "the reload to be refused") {
              try await stack.gateway.process.output.first { output in
                output.lines.count { $0.contains("Configuration not reloaded") } > number
              }
            }
            #expect(try await stack.get(summary).status == 401)
          }
          #expect(try await stack.get(summary, fields: bearing(Self.token("ADMIN"))).status == 200)
        }
      }
    }
  }

  @Test func anAPIKeyOpensUntilItIsRevoked() async throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("tributary-keys-\(UUID().uuidString)").path
    defer { if FileManager.default.fileExists(atPath: file) { unlink(file) } }
    func keys(_ arguments: String...) async throws -> [String] {
      try await withFileResult("authentication:\n  api_keys:\n    file: \(file)\n") { configuration in
        let result = try await ChildProcess.run(["keys"] + arguments + ["--config", configuration])
        #expect(result.ending == .exit(0), "\(result.errors)")
        return result.output
      }
    }
    let everybody = try #require(try await keys("add", "board", "--scope", "dashboard:all").first)
    let one = try #require(try await keys("add", "ana", "--scope", "dashboard:user:7").first)
    try await withTokens("jwt, api_key", keyFile: file) { stack, _ in
      #expect(try await stack.get(summary, fields: [("x-api-key", everybody)]).status == 200)
      #expect(try await stack.get(summary + "?user_id=7", fields: [("x-api-key", one)]).status == 200)
      #expect(try await stack.get(summary + "?user_id=8", fields: [("x-api-key", one)]).status == 403)
      #expect(try await stack.get(summary, fields: [("x-api-key", everybody + "x")]).status == 401)
      #expect(try await stack.get(summary, fields: bearing(Self.token("ADMIN"))).status == 200)
      _ = try await keys("revoke", "board")
      try await within(.seconds(30), "the revoked key to be refused") {
        while try await stack.get(summary, fields: [("x-api-key", everybody)]).status != 401 { try Task.checkCancellation() }
      }
      #expect(try await stack.get(summary + "?user_id=7", fields: [("x-api-key", one)]).status == 200)
    }
  }

  private func withFileResult<Result>(_ content: String, _ body: (String) async throws -> Result) async throws -> Result {
    var result: Result?
    try await withFile(content) { result = try await body($0) }
    return try #require(result)
  }
}
