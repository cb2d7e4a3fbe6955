import Glibc
import NIOCore
import Redis
import RedisTestSupport
import Resilience
import TestSupport
import Testing

@testable import Caching

/// A Redis that is broken, wrong, or lies: always a miss, soon, and used again when it is well.
@Suite(.timeLimit(.minutes(1))) struct MisconfigurationTests {
  private let key = CacheKey(number: 1)
  private let other = CacheKey(number: 2)

  /// Every operation has an end and says the least.
  private func isOfNoUse(_ level: SharedLevelUnderTest) async {
    await level.put(.sample(), for: key)
    await level.put(.sample(), for: key, under: RefreshLease(token: 1))
    #expect(await level.get(key) == nil)
    #expect(await level.acquire(key) == .unavailable)
    await level.release(RefreshLease(token: 1), for: key)
  }

  @Test func killedAndBack() async throws {
    try await withRedis { server in
      try await withSharedLevel(.local(server.port), loops: 2) { level in
        try await level.isUsedAgain(key)
        await server.kill()
        await isOfNoUse(level)
        try await server.launch()
        let start = ContinuousClock.now
        for loop in 0..<2 { try await level.isUsedAgain(key, loop: loop) }
        #expect(ContinuousClock.now - start < .seconds(10))
      }
    }
  }

  /// With the deadline as it is by default: each loop loses the few commands that find the connection open, then nothing waits.
  @Test func frozenCostsEachLoopAFewCommandsUntilItGoesOn() async throws {
    try await withRedis { server in
      var redis = try RedisConfiguration.local(server.port)
      redis.commandTimeout = .milliseconds(25)
      redis.connectTimeout = .milliseconds(500)
      try await withSharedLevel(redis, loops: 2) { level in
        for loop in 0..<2 { try await level.isUsedAgain(key, loop: loop) }
        let before = level.store.statistics.failures["timeout", default: 0]
        server.signal(SIGSTOP)
        let frozenAt = ContinuousClock.now
        for loop in 0..<2 {
          for _ in 0..<1000 { #expect(await level.ask(key, loop: loop) == .unavailable) }
          #expect(await level.acquire(key, loop: loop) == .unavailable)
        }
        // 2,002 commands one after the other: had each waited for its deadline, this were 50 s.
        #expect(ContinuousClock.now - frozenAt < .seconds(10))
        let late = level.store.statistics.failures["timeout", default: 0] - before
        #expect((1...10).contains(late))
        server.signal(SIGCONT)
        let start = ContinuousClock.now
        for loop in 0..<2 { try await level.isUsedAgain(other, loop: loop) }
        #expect(ContinuousClock.now - start < .seconds(10))
      }
    }
  }

  @Test func flushed() async throws {
    try await withRedis { server in
      try await withSharedLevel(.local(server.port)) { level in
        try await level.isUsedAgain(key)
        let lease = try await level.held(key)
        #expect(await level.send("FLUSHALL") == .success(.ok))
        #expect(await level.send("SCRIPT", "FLUSH") == .success(.ok))
        #expect(await level.get(key) == nil)
        let again = try await level.held(key)
        #expect(again.token > lease.token)
        try await level.isUsedAgain(key)
      }
    }
  }

  @Test func full() async throws {
    try await withRedis { server in
      try await withSharedLevel(.local(server.port)) { level in
        await level.put(.sample("there"), for: key)
        #expect(await level.send("CONFIG", "SET", "maxmemory-policy", "noeviction") == .success(.ok))
        #expect(await level.send("CONFIG", "SET", "maxmemory", "1") == .success(.ok))
        // What is there is still of use.
        #expect(await level.get(key)?.body == ByteBuffer(string: "there"))
        await level.put(.sample(), for: other)
        #expect(await level.get(other) == nil)
        #expect(await level.acquire(other) == .unavailable)
        #expect(level.store.statistics.failures["out_of_memory", default: 0] > 0)
        #expect(await level.send("CONFIG", "SET", "maxmemory", "0") == .success(.ok))
        try await level.isUsedAgain(other)
        _ = try await level.held(other)
      }
    }
  }

  @Test func aReplicaThatMayOnlyBeRead() async throws {
    try await withRedis { master in
      try await withRedis(["replicaof": "127.0.0.1 \(master.port)"]) { replica in
        try await withSharedLevel(.local(replica.port)) { level in
          await isOfNoUse(level)
          #expect(level.store.statistics.failures["read_only", default: 0] > 0)
          #expect(await level.send("REPLICAOF", "NO", "ONE") == .success(.ok))
          try await level.isUsedAgain(key)
        }
      }
    }
  }

  @Test func aWrongPassword() async throws {
    try await withRedis(["requirepass": "right"]) { server in
      for login in ["", ":wrong@", "nobody:right@"] {
        try await withSharedLevel(.local(server.port, login: login)) { level in
          #expect(await level.get(key) == nil)
          await isOfNoUse(level)
          #expect(level.store.statistics.failures["authentication", default: 0] > 0)
        }
      }
    }
  }

  @Test func aDatabaseThatIsNotThere() async throws {
    try await withRedis { server in
      try await withSharedLevel(.local(server.port, path: "/99")) { await isOfNoUse($0) }
    }
  }

  @Test(arguments: ["on >pw", "on >pw ~other:* +@all", "on >pw ~* +ping", "on >pw ~* +get"])
  func aUserWithoutTheRights(rules: String) async throws {
    try await withRedis(["user": "cache \(rules)"]) { server in
      try await withSharedLevel(.local(server.port, login: "cache:pw@")) { level in
        await isOfNoUse(level)
        #expect(level.store.statistics.failures["server_error", default: 0] > 0)
      }
    }
  }

  /// The rights that the documentation asks for are enough.
  @Test func aUserWithJustTheRights() async throws {
    let rights = "+get +set +del +getrange +time +eval +evalsha +ping +select +client|setname"
    try await withRedis(["user": "cache on >pw ~tributary:* \(rights)"]) { server in
      try await withSharedLevel(.local(server.port, login: "cache:pw@", path: "/1")) { level in
        try await level.isUsedAgain(key)
        let lease = try await level.held(key)
        let envelope = Envelope.sample("under a lease")
        await level.put(envelope, for: key, under: lease)
        #expect(await level.get(key) == envelope)
        await level.release(lease, for: key)
        _ = try await level.held(key)
        #expect(level.store.statistics.failures == [:])
      }
    }
  }
}

/// A Redis that answers, with something else than what was stored.
@Suite(.timeLimit(.minutes(1))) struct HostileValueTests {
  private let key = CacheKey(number: 1)
  private let other = CacheKey(number: 2)

  private func withLevel(isEncrypted: Bool, _ body: (SharedLevelUnderTest) async throws -> Void) async throws {
    let ring = isEncrypted ? try KeyRing.sample() : nil
    try await withRedis { server in
      try await withSharedLevel(.local(server.port), change: { $0.keyRing = ring }, body)
    }
  }

  private func stored(_ key: CacheKey, _ level: SharedLevelUnderTest) async throws -> ByteBuffer {
    guard case .success(.string(let bytes)) = await level.send("GET", level.place(key)) else { throw RedisError.unavailable }
    return bytes
  }

  @Test(arguments: [false, true]) func swappedValuesAreMisses(isEncrypted: Bool) async throws {
    try await withLevel(isEncrypted: isEncrypted) { level in
      await level.put(.sample("one"), for: key)
      await level.put(.sample("two"), for: other)
      let (first, second) = (try await stored(key, level), try await stored(other, level))
      _ = await level.send("SET", level.place(key), .buffer(second))
      _ = await level.send("SET", level.place(other), .buffer(first))
      #expect(await level.get(key) == nil)
      #expect(await level.get(other) == nil)
      #expect(level.store.statistics.refusals == [.key: 2])
      try await level.isUsedAgain(key)
    }
  }

  @Test(arguments: [false, true]) func truncatedValuesAreMisses(isEncrypted: Bool) async throws {
    try await withLevel(isEncrypted: isEncrypted) { level in
      await level.put(.sample(#"{"id":1}"#), for: key)
      let whole = try await stored(key, level)
      for length in 0..<whole.readableBytes {
        let part = try #require(whole.getSlice(at: whole.readerIndex, length: length))
        _ = await level.send("SET", level.place(key), .buffer(part))
        let found = await level.get(key)
        hold(found == nil, "of \(length) bytes")
      }
      _ = await level.send("SET", level.place(key), .buffer(whole), "PX", "60000")
      #expect(await level.get(key) != nil)
      _ = await level.send("APPEND", level.place(key), "x")
      #expect(await level.get(key) == nil)
    }
  }

  @Test(arguments: [false, true]) func changedAndRandomBytesAreMissesOrTheSame(isEncrypted: Bool) async throws {
    var random = SeededGenerator(seed: 5)
    try await withLevel(isEncrypted: isEncrypted) { level in
      let envelope = Envelope.sample(String(repeating: "body ", count: 500))
      await level.put(envelope, for: key)
      let whole = Array(try await stored(key, level).readableBytesView)
      for _ in 0..<300 {
        var bytes = random.once(in: 4) ? random.bytes(random.draw(0..<400)) : whole
        let isChanged = bytes == whole
        if isChanged { bytes[random.draw(0..<bytes.count)] ^= UInt8(random.draw(1..<256)) }
        _ = await level.send("SET", level.place(key), .bytes(bytes))
        let found = await level.get(key)
        // The token is not part of what is verified: it decides what is replaced, never what is used.
        hold(found == nil || (found == envelope && bytes.dropFirst(16) == whole.dropFirst(16)))
      }
      try await level.isUsedAgain(key)
    }
  }

  @Test func aValueBeyondAllBoundsIsAMiss() async throws {
    try await withLevel(isEncrypted: false) { level in
      for size in [3 << 20, 33 << 20] {
        _ = await level.send("SETRANGE", level.place(key), .integer(Int64(size)), "x")
        #expect(await level.get(key) == nil)
        _ = await level.send("DEL", level.place(key))
      }
      try await level.isUsedAgain(key)
    }
  }
}
