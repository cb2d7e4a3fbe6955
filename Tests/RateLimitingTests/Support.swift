import EventLoops
import NIOCore
import NIOPosix
import RedisTestSupport
import Resilience
import Synchronization
import TestSupport
import Testing

@testable import RateLimiting
@testable import Redis

extension RateLimitPolicy {
  /// So slow that nothing comes back while a test runs.
  static func fixed(_ name: String = "fixed", limit: Int = 100, burst: Int = 20) -> RateLimitPolicy {
    RateLimitPolicy(name: name, subject: .address, rule: GCRA(limit: limit, per: .seconds(24 * 3600), burst: burst))
  }

  func claim(_ identity: String = "somebody") -> RateLimitClaim {
    RateLimitClaim(policy: self, key: RateLimitKeyMaker().key(self, Array(identity.utf8)))
  }
}

extension RateLimiter {
  func take(_ claims: RateLimitClaim...) async throws -> RateLimitDecision {
    try await onLoop { await self.take(claims, on: $0) }
  }

  /// How many of so many requests pass, of which several are under way at once.
  func passing(_ claims: RateLimitClaim..., of count: Int, atOnce: Int = 16) async throws -> Int {
    try await withThrowingTaskGroup(of: Int.self) { tasks in
      for number in 0..<atOnce {
        tasks.addTask {
          try await onLoop { loop in
            var passed = 0
            for _ in stride(from: number, to: count, by: atOnce) {
              if await self.take(claims, on: loop).isAllowed { passed += 1 }
            }
            return passed
          }
        }
      }
      return try await tasks.reduce(0, +)
    }
  }
}

/// A limiter on a Redis, as one replica has it.
struct Replica: Sendable {
  let limiter: RedisLimiter
  let client: RedisClient
  let events: Events<RedisLimiter.Event>
  let loop: any EventLoop

  init(_ configuration: RedisConfiguration) async throws {
    let client = try await RedisClient(configuration, group: MultiThreadedEventLoopGroup.singleton)
    let events = Events<RedisLimiter.Event>()
    loop = MultiThreadedEventLoopGroup.singleton.next()
    self.client = client
    self.events = events
    limiter = RedisLimiter(client: client, prefix: "test:", local: LocalLimiter(keys: 10_000), tell: events.tell)
  }

  func shutDown() async throws {
    limiter.end()
    try await client.shutDown()
  }
}

/// So many replicas on one Redis; all are ended afterwards.
func withReplicas(
  of count: Int = 1, on redis: RedisServer, _ change: (inout RedisConfiguration) -> Void = { _ in },
  _ test: ([Replica]) async throws -> Void
) async throws {
  var configuration = try RedisConfiguration.local(redis.port)
  change(&configuration)
  var replicas: [Replica] = []
  for _ in 0..<count { replicas.append(try await Replica(configuration)) }
  var failure: (any Error)?
  do { try await test(replicas) } catch { failure = error }
  for replica in replicas { try await replica.shutDown() }
  if let failure { throw failure }
}

extension RedisServer {
  /// What it answers a command with, as `redis-cli` writes it: a line an element.
  func ask(_ words: String...) async throws -> [String] {
    let client = try ServerProcess(["redis-cli", "-p", "\(port)"] + words)
    await client.ended()
    return client.output.split(whereSeparator: \.isNewline).map(String.init)
  }
}
