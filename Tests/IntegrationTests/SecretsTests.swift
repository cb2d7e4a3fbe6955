import Foundation
import Glibc
import TestSupport
import Testing
import Upstreams

/// Secrets are planted where they belong, and looked for everywhere else.
@Suite struct SecretsTests {
  private enum Canary {
    static let credential = "canary-credential-0123456789"
    static let signIn = "canary-sign-in-0123456789"
    static let redis = "canary-redis-0123456789"
    static let key = "canary-key-secret-0123456789"
    static let admin = "canary-admin-0123456789"
    static let caller = "canary-caller-0123456789"
    static let signing = "canary-signing-secret-of-more-than-32-bytes"
    /// 32 bytes in base64.
    static let encryption = "Y2FuYXJ5LWVuY3J5cHRpb24ta2V5LTAxMjM0NTY3ODk="
    static let all = ["canary", encryption, "Y2FuYXJ5"]
  }

  private static let environment = [
    "TRIBUTARY_UPSTREAMS_USERS_CREDENTIAL": "Authorization: Bearer \(Canary.credential)",
    "TRIBUTARY_UPSTREAMS_DASHBOARD_SIGN_IN_BODY": "{\"password\":\"\(Canary.signIn)\"}",
    "TRIBUTARY_CACHE_KEY_SECRET": Canary.key, "TRIBUTARY_ADMIN_TOKEN": Canary.admin,
    "TRIBUTARY_AUTHENTICATION_JWT_KEYS_USERS_SECRET": Canary.signing,
    "TRIBUTARY_SERVER_HOST": "0.0.0.0", "TRIBUTARY_LOG_LEVEL": "trace", "TRIBUTARY_CACHE_REDIS_COMMAND_TIMEOUT": "2s",
  ]

  private static let caller = [
    ("authorization", "Bearer \(Canary.caller)"), ("x-api-key", Canary.caller), ("cookie", "session=\(Canary.caller)"),
    ("x-user-id", "1"), ("x-user-role", "ADMIN"),
  ]

  /// A key that is read, and used by nobody: callers are not asked who they are.
  private static func file(deadline: String) -> String {
    "request:\n  deadline: \(deadline)\nauthentication:\n  jwt:\n    keys:\n      users: {algorithm: HS256}\n"
  }

  private func expectNone(in lines: [String], _ place: Comment, sourceLocation: SourceLocation = #_sourceLocation) {
    for canary in Canary.all {
      #expect(!lines.contains { $0.contains(canary) }, place, sourceLocation: sourceLocation)
    }
  }

  private func words(_ response: RawResponse) -> [String] {
    response.fields.map { "\($0.name): \($0.value)" } + [String(decoding: response.body, as: UTF8.self)]
  }

  @Test(arguments: [false, true]) func noSecretIsAnywhereButWhereItBelongs(isEncrypted: Bool) async throws {
    var setup = StackSetup(hasCredentials: false, caches: true, environment: Self.environment, places: Turnstile.all)
    if isEncrypted { setup.environment["TRIBUTARY_CACHE_ENCRYPTION_KEYS"] = "one:\(Canary.encryption)" }
    setup.upstreams.credentials = FakeCredentials(adminTokens: [Canary.credential])
    try await withRedis(["requirepass": Canary.redis]) { redis in
      try await withFile(Self.file(deadline: "9s")) { file in
        setup.options = ["--config", file]
        setup.deadline = nil
        try await withFleet(of: 1, on: "redis://:\(Canary.redis)@127.0.0.1:\(redis.port)", setup) { fleet in
          try await expectNothingIsSaid(by: fleet, redis, isEncrypted: isEncrypted, file)
        }
      }
    }
  }

  private func expectNothingIsSaid(by fleet: Fleet, _ redis: RedisServer, isEncrypted: Bool, _ file: String) async throws {
    let process = fleet.replicas[0].process
    var said = try await answers(of: fleet)
    // What is in Redis by now; where it is not connected yet, asking goes on.
    let keys = try await within(.seconds(20), "keys in Redis") { [self] in
      for user in 1... {
        let keys = try await ask(redis, "KEYS", "*")
        if keys.count > 3 { return keys }
        _ = try await fleet.get(consolidated + "?user_id=\(user)", from: 0)
      }
      return []
    }
    expectNone(in: keys, "keys of Redis")
    #expect(!keys.contains { $0.contains("@") || $0.contains("Bearer") })
    var values: [String] = []
    for key in keys { values += try await ask(redis, "GET", key) }
    expectNone(in: values, "values of Redis")
    if isEncrypted { #expect(!values.contains { $0.contains("email") }) }
    try Self.file(deadline: "8s").write(toFile: file, atomically: true, encoding: .utf8)
    process.send(signal: SIGHUP)
    _ = try await process.line(containing: "Configuration reloaded")
    try Self.file(deadline: "never").write(toFile: file, atomically: true, encoding: .utf8)
    process.send(signal: SIGHUP)
    _ = try await process.line(containing: "Configuration not reloaded")
    // What is said when Redis goes.
    await redis.kill()
    for user in 100..<110 { said += words(try await fleet.get(consolidated + "?user_id=\(user)", from: 0)) }
    expectNone(in: said, "answers")
    expectNone(in: try process.commandLine(), "command line")
    try await process.stop(within: .seconds(40))
    expectNone(in: process.output.value.lines, "standard output")
    expectNone(in: process.errors.value.lines, "standard error")
    #expect(process.output.value.lines.count > 20)
    #expect(fleet.fakes.stats(of: .users).statuses[200] != nil, "the credential was used")
  }

  /// Good answers and bad ones, of both listeners.
  private func answers(of fleet: Fleet) async throws -> [String] {
    var said: [String] = []
    for target in [
      consolidated, summary, consolidated + "?user_id=3", health, "/nothing?token=x", consolidated + "?user_id=0",
      "/openapi.json",
    ] {
      said += words(try await fleet.get(target, from: 0, fields: Self.caller))
    }
    try await fleet.fakes.setFault(.status(403), of: .users)
    try await fleet.fakes.setFault(.status(500), of: .metrics)
    for target in [consolidated + "?user_id=4", summary, health] {
      said += words(try await fleet.get(target, from: 0, fields: Self.caller))
    }
    try await fleet.fakes.setFault(.none, of: .users)
    try await fleet.fakes.setFault(.none, of: .metrics)
    let admin = try await fleet.replicas[0].adminPort
    let refused = try await RawClient.fetch(
      "POST", port: admin, "/admin/cache/purge", fields: [("authorization", "Bearer \(Canary.caller)")])
    for target in ["/metrics", "/admin/requests", "/admin/requests?kind=degraded", "/status.json", "/openapi.json"] {
      let told = try await RawClient.fetchAdmin(port: admin, target, token: Canary.admin)
      #expect(told.status == 200, "\(target)")
      said += words(told)
    }
    let purge = try await ChildProcess.run(
      ["purge", "--all", "--url", "http://127.0.0.1:\(admin)"], environment: ["TRIBUTARY_ADMIN_TOKEN": Canary.admin])
    return said + words(refused) + purge.output + purge.errors
  }

  private func ask(_ redis: RedisServer, _ command: String, _ argument: String) async throws -> [String] {
    try await redis.ask("-a", Canary.redis, "--no-auth-warning", command, argument)
  }

  @Test func checkSaysNoneWhetherTheConfigurationIsGoodOrNot() async throws {
    var environment = Self.environment
    environment["TRIBUTARY_CACHE_REDIS_URL"] = "redis://:\(Canary.redis)@127.0.0.1:6379"
    environment["TRIBUTARY_CACHE_ENCRYPTION_KEYS"] = "one:\(Canary.encryption)"
    try await withFile(Self.file(deadline: "9s")) { [environment] file in
      let good = try await ChildProcess.run(["check", "--config", file], environment: environment)
      #expect(good.ending == .exit(0), "\(good.errors)")
      expectNone(in: good.output + good.errors, "check")
    }
    // Each of them wrong in some way.
    environment["TRIBUTARY_UPSTREAMS_USERS_CREDENTIAL"] = Canary.credential
    environment["TRIBUTARY_UPSTREAMS_DASHBOARD_CREDENTIAL"] = "Authorization: Bearer \(Canary.credential)"
    environment["TRIBUTARY_CACHE_REDIS_URL"] = "http://:\(Canary.redis)@127.0.0.1"
    environment["TRIBUTARY_CACHE_ENCRYPTION_KEYS"] = "one:\(Canary.encryption)x"
    environment["TRIBUTARY_ADMIN_TOKEN"] = "\(Canary.admin) \(Canary.admin)"
    let bad = try await ChildProcess.run(["check"], environment: environment)
    #expect(bad.ending == .exit(2) && bad.errors.count >= 5, "\(bad.errors.count)")
    expectNone(in: bad.output + bad.errors, "check")
    let file = "admin:\n  token: \(Canary.admin)\ncache:\n  key_secret: \(Canary.key)\n"
    try await withFile(file) { file in
      let inFile = try await ChildProcess.run(["check", "--config", file])
      #expect(inFile.ending == .exit(2) && inFile.errors.count == 2)
      expectNone(in: inFile.output + inFile.errors, "check")
    }
  }
}
