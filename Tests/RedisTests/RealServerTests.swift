import Glibc
import NIOCore
import RedisTestSupport
import TestSupport
import Testing

@testable import Redis

/// The client against Debian's redis-server, healthy and not.
@Suite(.timeLimit(.minutes(1))) struct RealServerTests {
  private let key = Array("key".utf8)

  @Test func valuesComeBackAsTheyWere() async throws {
    try await withRedis { server in
      try await withClient(.local(server.port, path: "/3")) { client in
        #expect(await client.send(.get(key)) == .success(.null))
        for count in [0, 1, 100, 36_000, 1 << 20] {
          let value = ByteBuffer(bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) })
          #expect(await client.send(.set(key, value, milliseconds: 60_000)) == .success(.ok))
          #expect(await client.send(.get(key)) == .success(.string(value)))
        }
        #expect(await client.send(.set(key, ByteBuffer(), milliseconds: 60_000, onlyIfAbsent: true)) == .success(.null))
        #expect(await client.send(.increment(Array("n".utf8))) == .success(.integer(1)))
        #expect(await client.send("LRANGE", "n", "0", "1") == .failure(.serverError(code: "WRONGTYPE")))
        #expect(await client.send(.delete(key)) == .success(.integer(1)))
        guard case .success(.string(let list)) = await client.send("CLIENT", "LIST") else { throw RedisError.protocolViolation }
        #expect(String(buffer: list).contains("name=tributary") && String(buffer: list).contains("db=3"))
      }
    }
  }

  @Test func aScriptIsSentWithItsSourceWhereItIsNotKnown() async throws {
    try await withRedis { server in
      try await withClient(.local(server.port)) { client in
        let script = RedisScript("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}")
        for count in 1...2 {
          let reply = try await client.client.run(script, keys: [key], arguments: ["x"], on: client.loop)
          #expect(reply == .array([.text("key"), .text("x"), .integer(Int64(count))]))
        }
        guard case .success(.string(let statistics)) = await client.send("INFO", "commandstats") else {
          throw RedisError.protocolViolation
        }
        let lines = String(buffer: statistics)
        #expect(lines.contains("cmdstat_eval:calls=1,") && lines.contains("cmdstat_evalsha:calls=2,"))
      }
    }
  }

  @Test func aPasswordOpensAndAWrongOneIsSaidToBeWrong() async throws {
    try await withRedis(["requirepass": "p@ss"]) { server in
      try await withClient(.local(server.port, login: ":p%40ss@")) { #expect(await $0.send("PING") == .success(.status("PONG"))) }
      for login in ["", ":wrong@"] {
        try await withClient(.local(server.port, login: login)) { client in
          #expect(await client.send("PING") == .failure(.authentication))
          #expect(await client.status.lastError == .authentication)
        }
      }
    }
  }

  @Test func aUserMayDoWhatItsRulesAllow() async throws {
    try await withRedis(["user": "cache on >pw ~section:* +get +set"]) { server in
      try await withClient(.local(server.port, login: "cache:pw@")) { client in
        let allowed = Array("section:1".utf8)
        #expect(await client.send(.set(allowed, ByteBuffer(string: "v"), milliseconds: 10_000)) == .success(.ok))
        #expect(await client.send(.get(allowed)) == .success(.text("v")))
        #expect(await client.send(.get(key)) == .failure(.serverError(code: "NOPERM")))
      }
      try await withClient(.local(server.port, login: "cache:no@")) {
        #expect(await $0.send(.get(key)) == .failure(.authentication))
      }
    }
  }

  @Test func theCertificateIsVerified() async throws {
    try await withRedis(tls: .good) { server in
      var configuration = try RedisConfiguration.local(server.port, scheme: "rediss")
      configuration.caFile = server.caFile
      let value = ByteBuffer(repeating: 7, count: 300_000)
      try await withClient(configuration) { client in
        #expect(await client.send(.set(key, value, milliseconds: 60_000)) == .success(.ok))
        #expect(await client.send(.get(key)) == .success(.string(value)))
      }
      configuration.serverName = "localhost"
      try await withClient(configuration) { #expect(await $0.send("PING") == .success(.status("PONG"))) }
      configuration.serverName = nil
      configuration.caFile = nil
      try await withClient(configuration) { #expect(await $0.send("PING") == .failure(.unavailable)) }
      try await withClient(.local(server.port)) { #expect(await $0.send("PING").error != nil) }
    }
  }

  @Test func theCertificateOfAnotherIsRefused() async throws {
    try await withRedis(tls: .other) { server in
      var configuration = try RedisConfiguration.local(server.port, scheme: "rediss")
      configuration.caFile = server.caFile
      for name in [nil, "localhost"] {
        configuration.serverName = name
        try await withClient(configuration) { #expect(await $0.send("PING") == .failure(.unavailable)) }
      }
      configuration.serverName = "other.example"
      try await withClient(configuration) { #expect(await $0.send("PING") == .success(.status("PONG"))) }
    }
  }

  @Test func aMissingAuthorityFileIsAnErrorAtTheStart() async throws {
    var configuration = try RedisConfiguration.local(1, scheme: "rediss")
    configuration.caFile = "/nonexistent"
    await #expect(throws: (any Error).self) { try await ClientUnderTest(configuration) }
  }

  @Test func aSocketFileServesAsWell() async throws {
    try await withRedis(["unixsocket": "redis.sock"]) { server in
      let url = try #require(RedisURL("unix://\(server.folder)/redis.sock?db=1"))
      var configuration = RedisConfiguration(url: url)
      configuration.commandTimeout = .seconds(5)
      try await withClient(configuration) { #expect(await $0.send("PING") == .success(.status("PONG"))) }
    }
  }

  @Test func aFrozenServerIsLeftAndUsedAgainWhenItGoesOn() async throws {
    try await withRedis { server in
      var configuration = try RedisConfiguration.local(server.port)
      configuration.commandTimeout = .milliseconds(100)
      configuration.connectTimeout = .milliseconds(200)
      try await withClient(configuration) { client in
        try await client.send(.ping, until: .success(.status("PONG")))
        server.signal(SIGSTOP)
        #expect(await client.send(.get(key)) == .failure(.timeout))
        // From now on nobody waits: TCP is alive, and no login is answered.
        for _ in 0..<1000 { #expect(await client.send(.get(key)) == .failure(.unavailable)) }
        await client.disconnected()
        await client.disconnected()
        server.signal(SIGCONT)
        let start = ContinuousClock.now
        try await client.send(.get(key), until: .success(.null))
        #expect(ContinuousClock.now - start < .seconds(5))
      }
    }
  }

  @Test func aKilledServerIsUsedAgainWhenItIsBack() async throws {
    try await withRedis { server in
      try await withClient(.local(server.port)) { client in
        #expect(await client.send("PING") == .success(.status("PONG")))
        await server.kill()
        await client.disconnected()
        #expect(await client.send("PING") == .failure(.unavailable))
        try await server.launch()
        let start = ContinuousClock.now
        try await client.send(.ping, until: .success(.status("PONG")))
        #expect(ContinuousClock.now - start < .seconds(5))
      }
    }
  }

  @Test func aReplicaRefusesToWriteAndSaysSo() async throws {
    try await withRedis { master in
      try await withRedis(["replicaof": "127.0.0.1 \(master.port)"]) { replica in
        try await withClient(.local(replica.port)) { client in
          #expect(await client.send(.set(key, ByteBuffer(), milliseconds: 1000)) == .failure(.readOnly))
          #expect(await client.status.circuit == .closed)
        }
      }
    }
  }

  @Test func aFullServerSaysSoAndStillReads() async throws {
    try await withRedis(["maxmemory": "1", "maxmemory-policy": "noeviction"]) { server in
      try await withClient(.local(server.port)) { client in
        #expect(await client.send(.set(key, ByteBuffer(string: "v"), milliseconds: 1000)) == .failure(.outOfMemory))
        #expect(await client.send(.get(key)) == .success(.null))
      }
    }
  }
}
