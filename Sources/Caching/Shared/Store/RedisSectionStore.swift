import EventLoops
package import NIOCore
package import Redis
package import Resilience
import Synchronization

/// The shared level in Redis: each section a ``FencedValue`` under its key, that Redis forgets by itself when it has expired.
///
/// Whatever Redis returns is verified before it is used, and whatever does not verify is a miss that is counted. A command that
/// fails says that the level cannot be asked; when it may fail at once and when it takes its deadline is the client's business. What
/// somebody waits for is not sent while the server does not answer what it was sent before.
package final class RedisSectionStore: SharedSectionStore {
  private let client: RedisClient
  private let configuration: SharedLevelConfiguration
  private let codec: EnvelopeCodec
  private let windows: LoopLocal<PutWindow>
  private let now: @Sendable () -> Timestamp
  private let tell: @Sendable (SharedLevelEvent) -> Void
  private let books = Mutex(SharedLevelStatistics())

  /// How long a fence is kept, in milliseconds: longer than anybody fetches under a lease.
  private static let fenceLife: Int64 = 600_000
  /// What an envelope may have beside the body: tags and the like. In bytes.
  private static let overhead = 1 << 20

  /// - Parameters:
  ///   - group: the client's.
  ///   - tell: what went wrong, for the log; called as often as it goes wrong, on the loop that it goes wrong on.
  package init(
    client: RedisClient, configuration: SharedLevelConfiguration, group: any EventLoopGroup,
    now: @escaping @Sendable () -> Timestamp = { .now() }, tell: @escaping @Sendable (SharedLevelEvent) -> Void = { _ in }
  ) async throws {
    self.client = client
    self.configuration = configuration
    self.now = now
    self.tell = tell
    codec = EnvelopeCodec(ring: configuration.keyRing)
    windows = try await LoopLocal(group) { _ in
      PutWindow(maxCount: configuration.maxPuts, maxBytes: configuration.maxPutBytes)
    }
  }

  package var statistics: SharedLevelStatistics { books.withLock { $0 } }

  package func get(
    _ key: CacheKey, section: String, isAwaited: Bool, on eventLoop: any EventLoop, _ then: @escaping (SharedAnswer) -> Void
  ) {
    let place = SectionKeys.value(key, section: section, prefix: configuration.prefix)
    client.get(place, on: eventLoop, ifResponsive: isAwaited) { result in
      switch result {
      case .success(let bytes?): then(self.read(bytes, key))
      case .success(nil):
        self.books.withLock { $0.misses += 1 }
        then(.missing)
      case .failure(let error):
        self.failed(error)
        then(.unavailable)
      }
    }
  }

  private func read(_ bytes: ByteBuffer, _ key: CacheKey) -> SharedAnswer {
    do throws(Envelope.Refusal) {
      guard bytes.readableBytes <= configuration.maxBody + Self.overhead else { throw .size }
      guard let sealed = FencedValue.envelope(bytes) else { throw .malformed }
      let envelope = try codec.decode(sealed, for: key)
      let isUsable = envelope.freshness.state(at: now()) != .expired
      books.withLock { if isUsable { $0.hits += 1 } else { $0.expired += 1 } }
      return isUsable ? .found(envelope) : .missing
    } catch {
      books.withLock { $0.refusals[error, default: 0] += 1 }
      tell(.refused(error))
      return .missing
    }
  }

  private func failed(_ error: RedisError) {
    books.withLock { $0.failures[error.word, default: 0] += 1 }
    tell(.failed(error))
  }
}

// MARK: Storing

extension RedisSectionStore {
  package func put(
    _ envelope: Envelope, for key: CacheKey, section: String, under lease: RefreshLease?, on eventLoop: any EventLoop
  ) {
    let window = windows[eventLoop]
    let size = envelope.body.readableBytes
    let milliseconds = envelope.freshness.untilExpired(at: now())
    guard milliseconds > 0, size <= configuration.maxBody, mayReach(eventLoop), window.enter(size) else { return dropped() }
    guard let sealed = codec.encode(envelope, for: key) else {
      window.leave(size)
      return dropped()
    }
    let value = FencedValue.bytes(sealed, token: lease?.token ?? 0)
    let place = SectionKeys.value(key, section: section, prefix: configuration.prefix)
    guard let lease else {
      client.send(.set(place, value, milliseconds: milliseconds), on: eventLoop) { self.ended($0, size, window) }
      return
    }
    client.run(
      SectionScripts.put, keys: [place],
      arguments: [.text(FencedValue.text(of: lease.token)), .buffer(value), .integer(milliseconds)], on: eventLoop
    ) { self.ended($0, size, window) }
  }

  /// Whether it is worth the work of encoding: not while the connection is known to be gone.
  private func mayReach(_ eventLoop: any EventLoop) -> Bool {
    let status = client.status(on: eventLoop)
    return status.isConnected || status.lastError == nil
  }

  private func dropped() { books.withLock { $0.dropped += 1 } }

  private func ended(_ outcome: RedisOutcome, _ size: Int, _ window: PutWindow) {
    window.leave(size)
    switch outcome {
    case .success(.integer(0)): books.withLock { $0.superseded += 1 }
    case .success: books.withLock { $0.stored += 1 }
    case .failure(let error): failed(error)
    }
  }
}

// MARK: Leases

extension RedisSectionStore {
  package func acquire(
    _ key: CacheKey, section: String, isAwaited: Bool, on eventLoop: any EventLoop, _ then: @escaping (LeaseAnswer) -> Void
  ) {
    let keys = SectionKeys(key, section: section, prefix: configuration.prefix)
    let milliseconds = max(configuration.lease.clampedNanoseconds / 1_000_000, 1)
    client.run(
      SectionScripts.acquire, keys: [keys.lease, keys.fence], arguments: [.integer(milliseconds), .integer(Self.fenceLife)],
      on: eventLoop, ifResponsive: isAwaited
    ) { then(self.answer($0)) }
  }

  private func answer(_ outcome: RedisOutcome) -> LeaseAnswer {
    switch outcome {
    case .success(.integer(let token)):
      books.withLock { $0.leasesHeld += 1 }
      return .held(RefreshLease(token: token))
    case .success(.null):
      books.withLock { $0.leasesTaken += 1 }
      return .taken
    case .success:
      return .unavailable
    case .failure(let error):
      failed(error)
      return .unavailable
    }
  }

  package func release(_ lease: RefreshLease, for key: CacheKey, section: String, on eventLoop: any EventLoop) {
    let keys = SectionKeys(key, section: section, prefix: configuration.prefix)
    client.run(SectionScripts.release, keys: [keys.lease], arguments: [.integer(lease.token)], on: eventLoop) { outcome in
      // What is not given back is over when its time is.
      if case .failure(let error) = outcome { self.failed(error) }
    }
  }
}
