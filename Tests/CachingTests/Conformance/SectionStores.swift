import NIOCore
import Redis
import RedisTestSupport
import Resilience
import Synchronization
import TestSupport
import Testing

@testable import Caching

/// What both levels of the cache are to the rest: a place where sections may be found again.
protocol SectionStoreUnderTest: Sendable {
  /// How many loops use it at once.
  var width: Int { get }
  /// The largest body that it takes, in bytes.
  var maxBody: Int { get }
  func get(_ key: CacheKey, loop: Int) async -> Envelope?
  /// Comes back when others can see it.
  func put(_ envelope: Envelope, for key: CacheKey, loop: Int) async
}

extension SectionStoreUnderTest {
  func get(_ key: CacheKey) async -> Envelope? { await get(key, loop: 0) }
  func put(_ envelope: Envelope, for key: CacheKey) async { await put(envelope, for: key, loop: 0) }
}

/// The first level, with the clock that the envelopes are read by.
struct MemoryStore: SectionStoreUnderTest {
  private let cache = MemoryCache<Envelope>(capacity: 256 << 20, shards: 8)
  let width = 4
  var maxBody: Int { cache.capacity / 8 - MemoryCache<Envelope>.overhead }

  func get(_ key: CacheKey, loop: Int) async -> Envelope? {
    cache.value(for: key).flatMap { $0.freshness.state(at: .now()) == .expired ? nil : $0 }
  }

  func put(_ envelope: Envelope, for key: CacheKey, loop: Int) async {
    cache.store(envelope, for: key, cost: envelope.body.readableBytes, tags: envelope.tags)
  }
}

/// The second level, on a server of its own.
struct RedisStore: SectionStoreUnderTest {
  let level: SharedLevelUnderTest
  var width: Int { level.loops.count }
  let maxBody = Envelope.maxBody

  func get(_ key: CacheKey, loop: Int) async -> Envelope? { await level.get(key, loop: loop) }
  func put(_ envelope: Envelope, for key: CacheKey, loop: Int) async { await level.put(envelope, for: key, loop: loop) }
}

enum StoreKind: CaseIterable {
  case memory, redis, encryptedRedis
}

func withStore(_ kind: StoreKind, _ body: (any SectionStoreUnderTest) async throws -> Void) async throws {
  guard kind != .memory else { return try await body(MemoryStore()) }
  let ring = kind == .encryptedRedis ? try KeyRing.sample() : nil
  try await withRedis { server in
    var redis = try RedisConfiguration.local(server.port)
    redis.commandTimeout = .seconds(20)
    try await withSharedLevel(
      redis, loops: 2,
      change: {
        $0.keyRing = ring
        $0.maxBody = Envelope.maxBody
      }
    ) { try await body(RedisStore(level: $0)) }
  }
}
