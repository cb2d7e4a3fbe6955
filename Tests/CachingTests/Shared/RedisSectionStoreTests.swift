import NIOCore
import Redis
import RedisTestSupport
import Resilience
import Synchronization
import TestSupport
import Testing

@testable import Caching

@Suite(.timeLimit(.minutes(1))) struct RedisSectionStoreTests {
  private let key = CacheKey(number: 1)

  @Test func redisForgetsAValueWhenItHasExpired() async throws {
    try await withRedis { server in
      try await withSharedLevel(.local(server.port)) { level in
        // An hour in all, a quarter of it over.
        let fetchedAt = Timestamp(milliseconds: Timestamp.now().milliseconds - 900_000)
        for lease in [nil, RefreshLease(token: 5)] {
          await level.put(.sample(fetchedAt: fetchedAt), for: key, under: lease)
          guard case .success(.integer(let left)) = await level.send("PTTL", level.place(key)) else {
            throw RedisError.unavailable
          }
          #expect((2_600_000...2_700_000).contains(left))
        }
      }
    }
  }

  @Test func whatRedisStillHasAfterItsTimeIsAMiss() async throws {
    let clock = Mutex(Timestamp.now())
    try await withRedis { server in
      try await withSharedLevel(.local(server.port), now: { clock.withLock { $0 } }) { level in
        await level.put(.sample(fetchedAt: clock.withLock { $0 }), for: key)
        #expect(await level.get(key) != nil)
        clock.withLock { $0 = Timestamp(milliseconds: $0.milliseconds + 3_600_001) }
        #expect(await level.get(key) == nil)
        #expect(level.store.statistics.expired == 1)
      }
    }
  }

  @Test func sectionsAndPrefixesHaveKeysOfTheirOwn() async throws {
    try await withRedis { server in
      try await withSharedLevel(.local(server.port)) { level in
        await level.put(.sample(), for: key)
        #expect(await level.get(key, section: "sales") == nil)
        try await withSharedLevel(.local(server.port), change: { $0.prefix = "other:" }) {
          #expect(await $0.get(key) == nil)
        }
      }
    }
  }

  /// A cluster refuses a command whose keys lie in more than one slot, also when one node has all of them.
  @Test func inAClusterAllThatBelongsTogetherIsInOnePlace() async throws {
    try await withRedis(["cluster-enabled": "yes", "cluster-port": "\(try await RedisServer.freePort())"]) { server in
      try await withClient(.local(server.port)) { client in
        #expect(await client.send("CLUSTER", "ADDSLOTSRANGE", "0", "16383") == .success(.ok))
        let place = Array("x".utf8)
        try await client.send(.get(place), until: .success(.null))
      }
      var redis = try RedisConfiguration.local(server.port)
      redis.mode = .cluster
      try await withSharedLevel(redis) { level in
        for number in 0..<20 {
          let key = CacheKey(number: number)
          let lease = try await level.held(key)
          let envelope = Envelope.sample("\(number)")
          await level.put(envelope, for: key, under: lease)
          #expect(await level.get(key) == envelope)
          await level.release(lease, for: key)
          #expect(try await level.held(key).token > lease.token)
        }
        #expect(level.store.statistics.failures == [:])
      }
    }
  }

  @Test func withAKeyRingNothingCanBeReadInRedis() async throws {
    let ring = try KeyRing.sample()
    let envelope = Envelope.sample("needle in a body", tags: ["needle"])
    try await withRedis { server in
      try await withSharedLevel(.local(server.port), change: { $0.keyRing = ring }) { level in
        await level.put(envelope, for: key)
        #expect(await level.get(key) == envelope)
        guard case .success(.string(let stored)) = await level.send("GET", level.place(key)) else { throw RedisError.unavailable }
        #expect(!String(decoding: stored.readableBytesView, as: UTF8.self).contains("needle"))
        // Without the ring it is a miss; and what is stored without it is one with it.
        try await withSharedLevel(.local(server.port)) { plain in
          #expect(await plain.get(key) == nil)
          #expect(plain.store.statistics.refusals == [.unknownKey: 1])
          await plain.put(envelope, for: key)
        }
        #expect(await level.get(key) == nil)
        #expect(level.store.statistics.refusals == [.notEncrypted: 1])
        #expect(level.events.all == [.refused(.notEncrypted)])
      }
    }
  }

  @Test func theBooksSayWhatHappened() async throws {
    try await withRedis { server in
      try await withSharedLevel(.local(server.port), change: { $0.maxBody = 2000 }) { level in
        #expect(await level.get(key) == nil)
        await level.put(.sample(), for: key)
        #expect(await level.get(key) != nil)
        await level.put(.sample(ByteBuffer(repeating: 1, count: 2001)), for: key)
        #expect(await level.get(key) != nil)
        var expected = SharedLevelStatistics()
        (expected.hits, expected.misses, expected.stored, expected.dropped) = (2, 1, 1, 1)
        #expect(level.store.statistics == expected)
      }
    }
  }

  @Test func moreThanTheWindowIsNotSent() async throws {
    try await withRedis { server in
      try await withSharedLevel(
        .local(server.port),
        change: {
          $0.maxPuts = 10
          $0.maxPutBytes = 10_000
        }
      ) { level in
        let (loop, store) = (level.loops[0], level.store)
        try await loop.submit {
          for number in 0..<50 { store.put(.sample("x"), for: CacheKey(number: number), section: "users", under: nil, on: loop) }
        }.get()
        #expect(await level.get(CacheKey(number: 9)) != nil)
        #expect(await level.get(CacheKey(number: 10)) == nil)
        #expect(store.statistics.dropped == 40 && store.statistics.stored == 10)
        // It is open again when they have arrived.
        await level.put(.sample(), for: CacheKey(number: 10))
        #expect(await level.get(CacheKey(number: 10)) != nil)
      }
    }
  }

  @Test func theWindowBoundsBytesButTakesOneAlone() {
    let window = PutWindow(maxCount: 3, maxBytes: 100)
    #expect(window.enter(500))
    #expect(!window.enter(1))
    window.leave(500)
    #expect(window.enter(60) && window.enter(40) && !window.enter(1))
    window.leave(60)
    #expect(window.enter(30) && window.enter(30) && !window.enter(0))
  }

  @Test func withoutRedisEverythingIsAnsweredAndNothingIsEncoded() async throws {
    let server = try await RedisServer.start()
    try await server.stop()
    try await withSharedLevel(.local(server.port)) { level in
      #expect(await level.get(key) == nil)
      #expect(await level.acquire(key) == .unavailable)
      let (loop, store) = (level.loops[0], level.store)
      try await loop.submit { store.put(.sample(), for: key, section: "users", under: nil, on: loop) }.get()
      #expect(store.statistics.dropped == 1)
      #expect(store.statistics.failures == ["unavailable": 2])
    }
  }
}
