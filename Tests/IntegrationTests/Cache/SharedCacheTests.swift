import Glibc
import TestSupport
import Testing
import Upstreams

/// What replicas share, and that they do without it.
@Suite struct SharedCacheTests {
  /// Memory forgets so soon that Redis is asked all the time.
  private static let shortLived = StackSetup(
    caches: true,
    environment: ["TRIBUTARY_CACHE_TTL": "50ms", "TRIBUTARY_CACHE_STALE_WHILE_REVALIDATE": "0s"], places: Turnstile.all)

  @Test func whatOneReplicaHasFetchedIsAHitInAnother() async throws {
    try await withRedis { redis in
      try await withFleet(on: redis.url) { fleet in
        try await fleet.connected()
        let first = try await fleet.get(consolidated + "?user_id=5", from: 0)
        #expect(first.cacheStatus(of: "users") == "fwd=miss;stored")
        let key = try await fleet.get(consolidated + "?user_id=5", from: 1)
        let metadata = try #require(try key.json["metadata"])
        for section in ["users", "scraped_accounts", "metrics"] {
          #expect(key.cacheStatus(of: section)?.wholeMatch(of: /hit;ttl=\d+;detail=redis/) != nil, "\(key["cache-status"] ?? "")")
          #expect(metadata["sections"]?[section]?["state"]?.text == "cached")
          #expect(try key.json[section] == first.json[section])
        }
        let again = try await fleet.get(consolidated + "?user_id=5", from: 1)
        #expect(again.isHit(in: "memory"))
        #expect(again["etag"] == key["etag"])
      }
    }
  }

  @Test func fourColdReplicasMakeNoMoreCallsThanTwo() async throws {
    try await withRedis { redis in
      try await withFleet(of: 4, on: redis.url) { fleet in
        for replica in 1..<4 { try await fleet.connected(0, replica, users: replica * 1000...replica * 1000 + 999) }
        let route = "GET /api/v1/auth/profile/{id}"
        let before = fleet.fakes.stats(of: .users).total
        let answers = try await atOnce(Array(0..<200)) { number in
          try await fleet.get((number % 2 == 0 ? consolidated : summary) + "?user_id=3", from: number / 2 % 4)
        }
        #expect(answers.allSatisfy { Glimpse($0).isWhole() })
        #expect((1...2).contains(fleet.fakes.stats(of: .users).total - before), "\(route)")
      }
    }
  }

  @Test(arguments: [SIGKILL, SIGSTOP]) func aDyingOrFrozenRedisCostsNobodyAnAnswer(signal: Int32) async throws {
    try await withRedis { redis in
      try await withFleet(on: redis.url, Self.shortLived) { fleet in
        try await fleet.connected(users: 1...5)
        let answers = try await fleet.crowd(of: 16, asking: 2000) {
          while fleet.calls(of: .dashboard) < 10 { try await Task.yieldOrEnd() }
          redis.signal(signal)
        }
        #expect(answers.count == 2000 && answers.allSatisfy { $0 == 200 })
        redis.signal(SIGCONT)
        // A server that was killed is started again; one that was frozen goes on.
        if signal == SIGKILL {
          await redis.kill()
          try await redis.launch()
        }
      }
    }
  }

  @Test(arguments: [SIGKILL, SIGSTOP]) func whenRedisIsBackItIsUsedAgain(signal: Int32) async throws {
    try await withRedis { redis in
      try await withFleet(on: redis.url) { fleet in
        try await fleet.connected(users: 1000...1999)
        redis.signal(signal)
        if signal == SIGKILL { await redis.kill() }
        #expect(try await fleet.crowd(of: 8, asking: 200).allSatisfy { $0 == 200 })
        if signal == SIGKILL { try await redis.launch() } else { redis.signal(SIGCONT) }
        try await fleet.connected(users: 2000...9999, within: .seconds(10))
      }
    }
  }

  @Test func aGatewayStartsWithoutIt() async throws {
    let port = try await RedisServer.freePort()
    try await withFleet(on: "redis://127.0.0.1:\(port)") { fleet in
      for replica in 0..<2 {
        let first = try await fleet.get(consolidated, from: replica)
        let second = try await fleet.get(consolidated, from: replica)
        #expect(Glimpse(first).isWhole() && second.isHit(in: "memory"))
      }
      #expect(fleet.calls(of: .users) == 2)
    }
  }

  @Test func aPurgeReachesEveryReplica() async throws {
    try await withRedis { redis in
      try await withFleet(on: redis.url) { fleet in
        try await fleet.connected()
        for replica in 0..<2 { _ = try await fleet.get(consolidated, from: replica) }
        let old = try await fleet.get(consolidated, from: 1)
        #expect(old.isHit(in: "memory"))
        let admin = try await fleet.replicas[0].adminPort
        let purge = try await ChildProcess.run(["purge", "users", "--hard", "--url", "http://127.0.0.1:\(admin)"])
        #expect(purge.ending == .exit(0) && purge.output.first?.contains("others have been told") == true, "\(purge)")
        let before = try old.json["metadata"]?["sections"]?["users"]?["fetched_at"]
        // The promise is a second; the rest is for a busy machine.
        try await within(.seconds(3), "the purge to be seen") {
          while try await fleet.get(consolidated, from: 1).json["metadata"]?["sections"]?["users"]?["fetched_at"] == before {
            try Task.checkCancellation()
          }
        }
        let other = try await fleet.get(consolidated, from: 1)
        #expect(try other.json["metadata"]?["sections"]?["metrics"] == old.json["metadata"]?["sections"]?["metrics"])
      }
    }
  }

  @Test func noKeyAndNoLogLineSaysWhoAskedOrWhatTheyShowed() async throws {
    var setup = StackSetup(hasCredentials: false, caches: true, places: Turnstile.all)
    setup.environment = ["TRIBUTARY_LOG_LEVEL": "trace", "TRIBUTARY_CACHE_REDIS_COMMAND_TIMEOUT": "2s"]
    let identity = [
      ("authorization", "Bearer user-424242-token"), ("x-user-id", "spy@example.com"), ("x-user-role", "ROLE-SECRET"),
    ]
    try await withRedis { redis in
      try await withFleet(on: redis.url, setup) { fleet in
        try await fleet.connected(users: 10_000...10_999)
        var email = ""
        for replica in 0..<2 {
          for target in [consolidated + "?user_id=7", summary + "?user_id=7", consolidated] {
            let answer = try await fleet.get(target, from: replica, fields: identity)
            email = try answer.json["users"]?[0]?["email"]?.text ?? email
          }
        }
        try #require(email.contains("@"))
        try await within(.seconds(10), "keys") {
          while try await redis.ask("KEYS", "*").count < 4 { try Task.checkCancellation() }
        }
        let keys = try await redis.ask("KEYS", "*")
        let logged = fleet.replicas.flatMap { $0.process.output.value.lines + $0.process.errors.value.lines }
        #expect(!logged.isEmpty && keys.allSatisfy { $0.hasPrefix("tributary:") })
        for secret in ["424242", "spy", "example.com", "ROLE-SECRET", email, "127.0.0.1:\(fleet.fakes.port(of: .users))"] {
          #expect(!keys.contains { $0.contains(secret) }, "\(secret)")
        }
        for secret in ["424242", "spy", "ROLE-SECRET", email] { #expect(!logged.contains { $0.contains(secret) }, "\(secret)") }
      }
    }
  }

  @Test func nobodySeesAnybodyElseWhileRedisIsPaused() async throws {
    try await withRedis { redis in
      try await Turnstile.machine.pass(taking: Turnstile.all) {
        try await ScriptedUpstream.with(remembers: false, answer: Canaries.answer) { service in
          var environment = Canaries.environment(for: service)
          environment["TRIBUTARY_CACHE_REDIS_URL"] = redis.url
          var gateways: [GatewayUnderTest] = []
          var failure: (any Error)?
          do {
            for _ in 0..<2 { gateways.append(try await GatewayUnderTest.start(["--port", "0"], environment: environment)) }
            let canaries = Canaries(ports: gateways.map(\.port), answers: Canaries.answers / 2) { count in
              redis.signal(count / 500 % 3 == 2 ? SIGSTOP : SIGCONT)
            }
            let tally = try await canaries.run()
            #expect(tally.foreign.isEmpty, "\(tally.foreign.prefix(5))")
            #expect(tally.notOK == 0 && tally.seen["detail=redis", default: 0] > 0, "\(tally.seen)")
          } catch { failure = error }
          for gateway in gateways { try await gateway.process.stop() }
          if let failure { throw failure }
        }
      }
    }
  }
}

extension Task where Success == Never, Failure == Never {
  /// Lets others run; throws when the test is over.
  fileprivate static func yieldOrEnd() async throws {
    try checkCancellation()
    await yield()
  }
}
