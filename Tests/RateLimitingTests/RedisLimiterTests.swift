import Glibc
import RedisTestSupport
import Resilience
import TestSupport
import Testing

@testable import RateLimiting
@testable import Redis

@Suite struct RedisLimiterTests {
  @Test func fourReplicasShareOneLimit() async throws {
    try await withRedis { redis in
      try await withReplicas(of: 4, on: redis) { replicas in
        let claim = RateLimitPolicy.fixed().claim()
        let passed = try await withThrowingTaskGroup(of: Int.self) { tasks in
          for replica in replicas { tasks.addTask { try await replica.limiter.passing(claim, of: 250) } }
          return try await tasks.reduce(0, +)
        }
        #expect(passed == 120)
      }
    }
  }

  @Test func aRequestCostsOneCommandAndARefusalNone() async throws {
    try await withRedis { redis in
      try await withReplicas(on: redis) { replicas in
        let claims = (0..<3).map { RateLimitPolicy.fixed("policy_\($0)").claim() }
        let limiter = replicas[0].limiter
        _ = try await limiter.take(claims[0])
        let before = try await redis.calls()
        let all = try await limiter.passing(claims[0], claims[1], claims[2], of: 100, atOnce: 1)
        #expect(all == 100)
        let between = try await redis.calls()
        #expect(between - before == 100)
        // 101 of 120 are gone with the first.
        let rest = try await limiter.passing(claims[0], of: 1000, atOnce: 1)
        #expect(rest == 19)
        let after = try await redis.calls()
        #expect(after - before == 119)
      }
    }
  }

  @Test func keysTellNobodyApartLieInOneSlotAndExpire() async throws {
    try await withRedis { redis in
      try await withReplicas(on: redis) { replicas in
        let policy = RateLimitPolicy(name: "minute", subject: .address, rule: .init(limit: 60, per: .seconds(60), burst: 60))
        _ = try await replicas[0].limiter.take(policy.claim("203.0.113.77"), RateLimitPolicy.fixed().claim("203.0.113.77"))
        let keys = try await redis.ask("--scan")
        // A digest and nothing else: of its digits any three may be those of an address.
        let digest = /test:limit:\{limits\}:(minute|fixed):[0-9a-f]{32}/
        #expect(keys.count == 2 && keys.allSatisfy { $0.wholeMatch(of: digest) != nil }, "\(keys)")
        let key = try #require(keys.first { $0.contains("minute") })
        let life = try #require(try await redis.ask("PTTL", key).first.flatMap(Int.init))
        #expect((1...2000).contains(life))
      }
    }
  }

  @Test func oldScriptsAndKeysMayBeFlushedAtAnyTime() async throws {
    try await withRedis { redis in
      try await withReplicas(on: redis) { replicas in
        let claim = RateLimitPolicy.fixed().claim()
        let first = try await replicas[0].limiter.passing(claim, of: 60)
        #expect(first == 60)
        _ = try await redis.ask("FLUSHALL")
        _ = try await redis.ask("SCRIPT", "FLUSH")
        let second = try await replicas[0].limiter.passing(claim, of: 1000)
        #expect(second == 120)
        #expect(replicas[0].events.all == [])
      }
    }
  }

  @Test(arguments: ["not a number", "nan", "inf", "-inf", "-1e300", "1e300", "", "9223372036854775807"])
  func whatStrangersPutUnderAKeyRefusesNobodyForLong(value: String) async throws {
    try await withRedis { redis in
      try await withReplicas(on: redis) { replicas in
        let policy = RateLimitPolicy(name: "quick", subject: .address, rule: .init(limit: 100, per: .seconds(1)))
        _ = try await redis.ask("SET", "test:limit:{limits}:quick:\(policy.claim().hexadecimal)", value)
        while !(try await replicas[0].limiter.take(policy.claim()).isAllowed) { try Task.checkCancellation() }
        #expect(replicas[0].events.all == [])
      }
    }
  }

  @Test func aKeyOfAnotherKindIsWrittenOver() async throws {
    try await withRedis { redis in
      try await withReplicas(on: redis) { replicas in
        let claim = RateLimitPolicy.fixed().claim()
        _ = try await redis.ask("RPUSH", "test:limit:{limits}:fixed:\(claim.hexadecimal)", "x")
        let passed = try await replicas[0].limiter.passing(claim, of: 1000)
        #expect(passed == 120)
      }
    }
  }

  @Test func withoutRedisEachTakesItsShareOfWhatIsLeft() async throws {
    try await withRedis { redis in
      try await withReplicas(of: 3, on: redis) { replicas in
        let (used, fresh) = (RateLimitPolicy.fixed().claim("used"), RateLimitPolicy.fixed().claim("fresh"))
        for replica in replicas { replica.limiter.begin(on: replica.loop) }
        while replicas.contains(where: { $0.limiter.replicas != 3 }) {
          try Task.checkCancellation()
          await Task.yield()
        }
        let first = try await replicas[0].limiter.passing(used, of: 60)
        #expect(first == 60)
        await redis.kill()
        for replica in replicas {
          let passed = try await replica.limiter.passing(fresh, of: 1000)
          #expect(passed == 40)
        }
        // Half of it was gone when Redis was there.
        let second = try await replicas[0].limiter.passing(used, of: 1000)
        #expect(second == 20)
        #expect(replicas.allSatisfy { $0.events.all.count == 1 })
        guard case .away(_, let known) = try #require(replicas[0].events.all.first) else {
          Issue.record("not away")
          return
        }
        #expect(known == 3)
      }
    }
  }

  @Test(arguments: [SIGKILL, SIGSTOP]) func whenRedisIsBackItCountsAgain(signal: Int32) async throws {
    try await withRedis { redis in
      try await withReplicas(on: redis, { $0.commandTimeout = .milliseconds(200) }) { replicas in
        let policy = RateLimitPolicy.fixed(limit: 1_000_000)
        _ = try await replicas[0].limiter.take(policy.claim())
        redis.signal(signal)
        if signal == SIGKILL { await redis.kill() }
        while replicas[0].events.all.isEmpty {
          try Task.checkCancellation()
          let decision = try await replicas[0].limiter.take(policy.claim())
          #expect(decision.isAllowed)
        }
        if signal == SIGKILL { try await redis.launch() } else { redis.signal(SIGCONT) }
        while replicas[0].events.all.last != .back {
          try Task.checkCancellation()
          let decision = try await replicas[0].limiter.take(policy.claim())
          #expect(decision.isAllowed)
        }
      }
    }
  }

  @Test func aRedisThatWasNeverThereLeavesTheWholeLimit() async throws {
    try await withRedis { redis in
      await redis.kill()
      try await withReplicas(on: redis) { replicas in
        let passed = try await replicas[0].limiter.passing(RateLimitPolicy.fixed().claim(), of: 1000)
        #expect(passed == 120)
      }
    }
  }

  @Test func aReplicaThatIsNotHeardOfIsNotCounted() async throws {
    try await withRedis { redis in
      try await withReplicas(of: 2, on: redis) { replicas in
        let key = "test:limit:{limits}:replicas"
        // One of long ago, and one of a clock that was ahead.
        _ = try await redis.ask("ZADD", key, "1000", "old", "9999999999999", "ahead")
        for replica in replicas { replica.limiter.begin(on: replica.loop) }
        while replicas.contains(where: { $0.limiter.replicas != 2 }) {
          try Task.checkCancellation()
          await Task.yield()
        }
        let known = try await redis.ask("ZCARD", key)
        #expect(known == ["2"])
      }
    }
  }
}

extension RateLimitClaim {
  /// The digest as it stands in Redis.
  fileprivate var hexadecimal: String {
    String(decoding: key.redisKey(prefix: "", policy: "").suffix(32), as: UTF8.self)
  }
}

extension RedisServer {
  /// Scripts that were run.
  fileprivate func calls() async throws -> Int {
    try await ask("INFO", "commandstats").reduce(0) { sum, line in
      guard line.hasPrefix("cmdstat_eval"), let count = line.split(separator: "=")[1].split(separator: ",").first else {
        return sum
      }
      return sum + (Int(count) ?? 0)
    }
  }
}
