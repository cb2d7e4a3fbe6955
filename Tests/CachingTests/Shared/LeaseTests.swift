import NIOCore
import RedisTestSupport
import Resilience
import TestSupport
import Testing

@testable import Caching
@testable import Redis

@Suite(.timeLimit(.minutes(1))) struct LeaseTests {
  private let key = CacheKey(number: 1)
  private let other = CacheKey(number: 2)

  private func withLevel(
    change: (inout SharedLevelConfiguration) -> Void = { _ in }, _ body: (SharedLevelUnderTest) async throws -> Void
  ) async throws {
    try await withRedis { server in
      try await withSharedLevel(.local(server.port), loops: 2, change: change, body)
    }
  }

  @Test func oneReplicaHoldsALeaseAtATime() async throws {
    try await withLevel { level in
      let first = try await level.held(key)
      #expect(await level.acquire(key, loop: 1) == .taken)
      _ = try await level.held(other)
      await level.release(first, for: key)
      let second = try await level.held(key)
      #expect(second.token > first.token)
      #expect(level.store.statistics.leasesHeld == 3 && level.store.statistics.leasesTaken == 1)
    }
  }

  @Test func onlyItsHolderGivesALeaseBack() async throws {
    try await withLevel { level in
      let lease = try await level.held(key)
      await level.release(RefreshLease(token: lease.token - 1), for: key)
      await level.release(lease, for: other)
      #expect(await level.acquire(key) == .taken)
    }
  }

  @Test func aDeadHolderCostsTheTimeOfTheLease() async throws {
    // Long enough for what comes after the second one is held, on any machine.
    try await withLevel(change: { $0.lease = .seconds(2) }) { level in
      let first = try await level.held(key)
      var answer = await level.acquire(key)
      while answer == .taken {
        try Task.checkCancellation()
        answer = await level.acquire(key)
      }
      guard case .held(let second) = answer else { throw RedisError.unavailable }
      #expect(second.token > first.token)
      // Late: the lease is another's by now.
      await level.release(first, for: key)
      #expect(await level.send("EXISTS", leasePlace) == .success(.integer(1)))
    }
  }

  private var leasePlace: RedisArgument { .text(key.redisKey(prefix: "tributary:", section: "users") + ":lease") }
  private var fencePlace: RedisArgument { .text(key.redisKey(prefix: "tributary:", section: "users") + ":fence") }

  @Test func aLeaseIsTwoSecondsUnlessSaidOtherwise() async throws {
    try await withLevel { level in
      _ = try await level.held(key)
      guard case .success(.integer(let left)) = await level.send("PTTL", leasePlace) else { throw RedisError.unavailable }
      #expect((1...2000).contains(left))
      guard case .success(.integer(let fence)) = await level.send("PTTL", fencePlace) else { throw RedisError.unavailable }
      #expect(fence > 60_000)
    }
  }

  @Test func tokensGrowWhateverBecomesOfTheFence() async throws {
    try await withLevel { level in
      var last = try await level.held(key)
      // Gone; of a time to come, as after a clock was set back; nothing that a script has written.
      let future = last.token + 3_600_000_000
      for fence in ["", "\(future)", "garbage", "nan", "inf", "1e300", "-5", "9999999999999999"] {
        _ = await level.send("DEL", leasePlace)
        _ = fence.isEmpty ? await level.send("DEL", fencePlace) : await level.send("SET", fencePlace, .text(fence))
        let lease = try await level.held(key)
        if fence == "\(future)" {
          #expect(lease.token == future + 1)
        } else {
          #expect(lease.token < future)
          if last.token < future { #expect(lease.token > last.token) }
        }
        last = lease
      }
    }
  }

  @Test func whatALaterLeaseHasStoredIsNotReplaced() async throws {
    try await withLevel { level in
      let first = try await level.held(key)
      await level.release(first, for: key)
      let second = try await level.held(key)
      let (older, newer) = (Envelope.sample("older"), Envelope.sample("newer"))
      await level.put(newer, for: key, under: second)
      await level.put(older, for: key, under: first)
      #expect(await level.get(key) == newer)
      #expect(level.store.statistics.superseded > 0)
      // Its own may be replaced, and a lease of another key is no matter.
      await level.put(older, for: key, under: second)
      #expect(await level.get(key) == older)
      await level.put(newer, for: other, under: first)
      #expect(await level.get(other) == newer)
      // Without a lease nothing is known, and the last one has it.
      await level.put(newer, for: key)
      #expect(await level.get(key) == newer)
    }
  }

  @Test func rubbishUnderTheKeyIsReplacedUnderALease() async throws {
    try await withLevel { level in
      let lease = try await level.held(key)
      let envelope = Envelope.sample()
      for rubbish in ["", "x", "123456789012345x", "                ", "0x0ffffffffffff0", "1e99999999999999"] {
        _ = await level.send("SET", level.place(key), .text(rubbish))
        #expect(await level.get(key) == nil)
        await level.put(envelope, for: key, under: lease)
        #expect(await level.get(key) == envelope)
      }
      _ = await level.send("DEL", level.place(key))
      _ = await level.send("RPUSH", level.place(key), "a list")
      #expect(await level.get(key) == nil)
      await level.put(envelope, for: key, under: lease)
      #expect(await level.get(key) == envelope)
    }
  }

  @Test func whatBelongsTogetherIsInOneSlot() {
    for number in 0..<100 {
      let keys = SectionKeys(CacheKey(number: number), section: "users", prefix: "tributary:")
      let slots = Set([keys.value, keys.lease, keys.fence].map { RedisHashSlot.slot(of: ByteBuffer(bytes: $0)) })
      #expect(slots.count == 1)
      #expect(keys.value == SectionKeys.value(CacheKey(number: number), section: "users", prefix: "tributary:"))
    }
  }

  @Test func tokensAreWrittenInSixteenDigits() {
    #expect(FencedValue.text(of: 0) == "0000000000000000")
    #expect(FencedValue.text(of: 1_763_723_000_000_000) == "1763723000000000")
    for token: Int64 in [-1, .min, .max, 10_000_000_000_000_000] {
      #expect(FencedValue.text(of: token) == FencedValue.text(of: 0))
    }
    #expect(FencedValue.envelope(FencedValue.bytes(ByteBuffer(string: "x"), token: 7)) == ByteBuffer(string: "x"))
    #expect(FencedValue.envelope(ByteBuffer(string: "123")) == nil)
    #expect(FencedValue.envelope(ByteBuffer(string: "12345678901234 6x")) == nil)
  }
}
