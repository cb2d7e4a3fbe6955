import Foundation
import Glibc
import TestSupport
import Testing

/// Limits of the real binary.
@Suite struct RateLimitTests {
  private static func policy(limit: Int, burst: Int = 0) -> String {
    """
    rate_limits:
      per_client: {limit: \(limit), burst: \(burst), per: 24h}

    """
  }

  private func setup(_ file: String) -> StackSetup {
    var setup = StackSetup.patient
    setup.options = ["--config", file]
    return setup
  }

  @Test func replicasOnOneRedisShareALimit() async throws {
    try await withFile(Self.policy(limit: 40, burst: 10)) { file in
      try await withRedis { redis in
        try await withFleet(on: redis.url, setup(file)) { fleet in
          var answers: [RawResponse] = []
          for number in 0..<80 { answers.append(try await fleet.get(number % 3 == 0 ? summary : consolidated, from: number % 2)) }
          #expect(answers.count { $0.status == 200 } == 50 && answers.count { $0.status == 429 } == 30)
          #expect(answers[0]["ratelimit"]?.wholeMatch(of: /"per_client";r=49;t=\d+/) != nil)
          #expect(answers.allSatisfy { $0["ratelimit-policy"] == #""per_client";q=50;w=108000"# })
          let refused = try #require(answers.last)
          #expect(refused["retry-after"].flatMap { Int($0) }.map { $0 > 0 } == true)
          #expect(refused["content-type"] == "application/problem+json")
          // Neither probes nor preflights are counted.
          for path in ["/livez", "/readyz", "/"] { #expect(try await fleet.get(path, from: 0).status == 200) }
          let address = try await redis.ask("--scan").filter { $0.contains("limit:{limits}:per_client:") }
          // A digest in place of the address.
          #expect(address.count == 1 && address[0].suffix(33).wholeMatch(of: /:[0-9a-f]{32}/) != nil, "\(address)")
        }
      }
    }
  }

  @Test func withoutRedisEachReplicaTakesItsShare() async throws {
    try await withFile(Self.policy(limit: 100)) { file in
      try await withRedis { redis in
        try await withFleet(on: redis.url, setup(file)) { fleet in
          try await Self.bothKnow(redis)
          await redis.kill()
          for replica in 0..<2 {
            var passed = 0
            for _ in 0..<70 where try await fleet.get(summary, from: replica).status == 200 { passed += 1 }
            #expect(passed == 50)
          }
        }
      }
    }
  }

  /// Each says every two seconds that it lives, and is told who else does: until each has said so beside the other.
  private static func bothKnow(_ redis: RedisServer) async throws {
    try await within(.seconds(30), "both replicas to be known") {
      var first: [String: String] = [:]
      while true {
        try Task.checkCancellation()
        let lines = try await redis.ask("ZRANGE", "tributary:limit:{limits}:replicas", "0", "-1", "WITHSCORES")
        let scores = Dictionary(stride(from: 0, to: lines.count - 1, by: 2).map { (lines[$0], lines[$0 + 1]) }) { $1 }
        if first.count < 2 { first = scores } else if scores.allSatisfy({ first[$0] != $1 }), scores.count == 2 { return }
      }
    }
  }

  @Test func aNewLimitHoldsFromTheReloadOn() async throws {
    try await withFile(Self.policy(limit: 3)) { file in
      var setup = StackSetup()
      setup.options = ["--config", file]
      try await withStack(setup) { stack in
        var statuses: [Int] = []
        for _ in 0..<5 { statuses.append(try await stack.get(summary).status) }
        #expect(statuses == [200, 200, 200, 429, 429])
        try Data("server: {}\n".utf8).write(to: URL(fileURLWithPath: file))
        stack.gateway.process.send(signal: SIGHUP)
        _ = try await stack.gateway.process.line(containing: "Configuration reloaded")
        for _ in 0..<5 {
          let response = try await stack.get(summary)
          #expect(response.status == 200 && response["ratelimit"] == nil)
        }
      }
    }
  }
}
