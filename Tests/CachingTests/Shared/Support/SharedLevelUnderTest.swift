import NIOCore
import NIOPosix
import RedisTestSupport
import Resilience
import Settings
import Testing

@testable import Caching
@testable import Redis

/// The shared level of one replica with some loops of its own.
struct SharedLevelUnderTest: Sendable {
  let loops: [any EventLoop]
  let client: RedisClient
  let store: RedisSectionStore
  let events: Events<SharedLevelEvent>

  func get(_ key: CacheKey, section: String = "users", loop: Int = 0) async -> Envelope? {
    if case .found(let envelope) = await ask(key, section: section, loop: loop) { envelope } else { nil }
  }

  func ask(_ key: CacheKey, section: String = "users", loop: Int = 0) async -> SharedAnswer {
    let loop = loops[loop]
    return await withCheckedContinuation { continuation in
      loop.execute { store.get(key, section: section, isAwaited: true, on: loop) { continuation.resume(returning: $0) } }
    }
  }

  /// Comes back when it has arrived: what is asked after it on the same loop is answered after it.
  func put(
    _ envelope: Envelope, for key: CacheKey, section: String = "users", under lease: RefreshLease? = nil, loop: Int = 0
  ) async {
    let loop = loops[loop]
    await withCheckedContinuation { continuation in
      loop.execute {
        // A script that the server does not know yet is sent twice: the second time it is there.
        if lease != nil { store.put(envelope, for: key, section: section, under: lease, on: loop) }
        client.send(.ping, on: loop) { _ in
          store.put(envelope, for: key, section: section, under: lease, on: loop)
          client.send(.ping, on: loop) { _ in continuation.resume() }
        }
      }
    }
  }

  func acquire(_ key: CacheKey, section: String = "users", loop: Int = 0) async -> LeaseAnswer {
    let loop = loops[loop]
    return await withCheckedContinuation { continuation in
      loop.execute { store.acquire(key, section: section, isAwaited: true, on: loop) { continuation.resume(returning: $0) } }
    }
  }

  func release(_ lease: RefreshLease, for key: CacheKey) async {
    let loop = loops[0]
    await withCheckedContinuation { continuation in
      loop.execute {
        store.release(lease, for: key, section: "users", on: loop)
        client.send(.ping, on: loop) { _ in
          store.release(lease, for: key, section: "users", on: loop)
          client.send(.ping, on: loop) { _ in continuation.resume() }
        }
      }
    }
  }

  func held(_ key: CacheKey) async throws -> RefreshLease {
    guard case .held(let lease) = await acquire(key) else { throw RedisError.unavailable }
    return lease
  }

  func send(_ words: RedisArgument...) async -> RedisOutcome {
    do throws(RedisError) { return .success(try await client.send(RedisCommand(words), on: loops[0])) } catch {
      return .failure(error)
    }
  }

  /// The text of the value's key.
  func place(_ key: CacheKey) -> RedisArgument { .text(key.redisKey(prefix: "tributary:", section: "users")) }

  /// Puts, gets, until it is there: what a replica does when Redis is back.
  func isUsedAgain(_ key: CacheKey, loop: Int = 0) async throws {
    let envelope = Envelope.sample("again")
    while await get(key, loop: loop) != envelope {
      try Task.checkCancellation()
      await put(envelope, for: key, loop: loop)
    }
  }
}

func withSharedLevel(
  _ redis: RedisConfiguration, loops count: Int = 1, change: (inout SharedLevelConfiguration) -> Void = { _ in },
  now: @escaping @Sendable () -> Timestamp = { .now() }, _ body: (SharedLevelUnderTest) async throws -> Void
) async throws {
  var configuration = SharedLevelConfiguration()
  change(&configuration)
  let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
  let client = try await RedisClient(redis, group: group)
  let events = Events<SharedLevelEvent>()
  let store = try await RedisSectionStore(client: client, configuration: configuration, group: group, now: now, tell: events.tell)
  let level = SharedLevelUnderTest(loops: Array(group.makeIterator()), client: client, store: store, events: events)
  var failure: (any Error)?
  do { try await body(level) } catch { failure = error }
  try await client.shutDown()
  try await group.shutdownGracefully()
  if let failure { throw failure }
}

extension Envelope {
  /// Fetched now, to be used for an hour in all.
  static func sample(
    _ body: String = #"{"id":1}"#, tags: [String] = ["users"], fetchedAt: Timestamp = .now(), fresh: Int64 = 1_800_000
  ) -> Envelope {
    sample(ByteBuffer(string: body), tags: tags, fetchedAt: fetchedAt, fresh: fresh)
  }

  static func sample(
    _ body: ByteBuffer, tags: [String] = ["users"], fetchedAt: Timestamp = .now(), fresh: Int64 = 1_800_000
  ) -> Envelope {
    Envelope(
      freshness: Freshness(
        fetchedAt: fetchedAt, lifetimes: Lifetimes(fresh: fresh, staleWhileRevalidate: fresh, staleIfError: fresh)),
      tags: tags, validators: Validators(etag: "\"1\"", lastModified: nil), body: body)
  }
}

extension KeyRing {
  static func sample() throws -> KeyRing { try KeyRing("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=") }
}
