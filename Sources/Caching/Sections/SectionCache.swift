package import Resilience
import Synchronization

/// The sections that this process keeps, for all its loops, and the fetches under way for them.
///
/// It decides what may be used and remembers; it asks nobody. Whoever finds nothing joins a flight (``flights``), and whoever leads one
/// fetches: from the level that replicas share, then from the upstream (docs/caching.md).
package final class SectionCache<Value: Sendable, Failure: Error>: Sendable {
  package typealias Stored = StoredSection<Value>

  package let flights = Coalescer<FetchedSection<Value, Failure>>()
  /// Nil where each replica keeps its own.
  package let shared: (any SharedSectionStore)?
  package let purges: PurgeLedger
  /// Of `Stored`.
  private let memory: MemoryCache<Kept>
  /// Of `RememberedFailure`.
  private let failures: MemoryCache<Kept>
  private let maxRefreshes: Int
  private let refreshes = Atomic<Int>(0)
  private let versions = Atomic<UInt64>(0)
  private let isClosed = Atomic<Bool>(false)

  /// What memory is given, so that its code is compiled for one type, and not looked up for this cache's value with every hit.
  package typealias Kept = any AnyObject & Sendable

  private final class RememberedFailure: Sendable {
    let failure: Failure
    let freshness: Freshness

    init(_ failure: Failure, _ freshness: Freshness) { (self.failure, self.freshness) = (failure, freshness) }
  }

  private func remembered(_ key: CacheKey) -> RememberedFailure? {
    failures.value(for: key).map { unsafeDowncast($0, to: RememberedFailure.self) }
  }

  /// - Parameters:
  ///   - capacity: of the memory, in bytes.
  ///   - maxRefreshes: refreshes in the background at once; what is beyond waits for the next request.
  package init(
    capacity: Int = 128 << 20, maxRefreshes: Int = 256, shared: (any SharedSectionStore)? = nil,
    purges: PurgeLedger = PurgeLedger()
  ) {
    memory = MemoryCache(capacity: capacity)
    // Failures are small and short-lived: 2 MB hold some 8,000.
    failures = MemoryCache(capacity: 2 << 20)
    self.maxRefreshes = maxRefreshes
    self.shared = shared
    self.purges = purges
  }

  // MARK: Looking

  package func find(_ key: CacheKey, at now: Timestamp) -> FoundSection<Value> {
    guard let stored = memory.value(for: key) else { return .nothing }
    return judge(unsafeDowncast(stored, to: Stored.self), at: now)
  }

  /// What may be done with a stored section now.
  package func judge(_ stored: Stored, at now: Timestamp) -> FoundSection<Value> {
    switch purges.verdict(fetchedAt: stored.freshness.fetchedAt, tags: stored.tags) {
    case .gone: return .nothing
    case .ok: return Self.found(stored, stored.freshness.state(at: now))
    case .stale: return Self.found(stored, stored.freshness.stateWhenPurged(at: now))
    }
  }

  private static func found(_ stored: Stored, _ state: Freshness.State) -> FoundSection<Value> {
    switch state {
    case .fresh: .fresh(stored)
    case .staleWhileRevalidate: .stale(stored)
    case .staleIfError: .fallback(stored)
    case .expired: stored.validators.isEmpty ? .nothing : .validator(stored)
    }
  }

  /// The failure that is remembered for the key.
  package func failure(for key: CacheKey, at now: Timestamp) -> Failure? {
    guard let remembered = remembered(key), remembered.freshness.state(at: now) == .fresh else { return nil }
    return remembered.failure
  }

  /// The failure of whoever asked last, however long ago: nil when the last answer was good.
  package func lastFailure(for key: CacheKey) -> Failure? { remembered(key)?.failure }

  // MARK: Keeping

  /// A section as it would be stored, for answers that must not be.
  package func transient(_ value: Value, freshness: Freshness) -> Stored {
    Stored(value, freshness: freshness, tags: [], validators: .none, version: nextVersion())
  }

  /// Keeps a section and forgets the failure before it.
  ///
  /// - Parameter cost: what the value takes, in bytes.
  package func store(
    _ value: Value, freshness: Freshness, tags: [String], validators: Validators, cost: Int, for key: CacheKey
  ) -> Stored {
    let stored = Stored(value, freshness: freshness, tags: tags, validators: validators, version: nextVersion())
    memory.store(stored, for: key, cost: cost, tags: tags)
    failures.remove(key)
    return stored
  }

  /// Forgets what is kept for the key: the upstream has said that it must not be stored.
  package func remove(_ key: CacheKey) { memory.remove(key) }

  /// Remembers that the upstream failed: ``failure(for:at:)`` for as long as it is fresh, ``lastFailure(for:)`` until an answer comes.
  package func remember(_ failure: Failure, freshness: Freshness, for key: CacheKey) {
    guard freshness.lifetimes.fresh > 0 else { return }
    failures.store(RememberedFailure(failure, freshness), for: key, cost: 64)
  }

  private func nextVersion() -> UInt64 { versions.wrappingAdd(1, ordering: .relaxed).newValue }

  // MARK: Refreshing

  /// Whether one more refresh may run in the background; to be followed by ``refreshEnded()``.
  package func refreshBegins() -> Bool {
    guard !isClosed.load(ordering: .relaxed) else { return false }
    guard refreshes.wrappingAdd(1, ordering: .relaxed).oldValue < maxRefreshes else {
      refreshEnded()
      return false
    }
    return true
  }

  package func refreshEnded() { refreshes.wrappingSubtract(1, ordering: .relaxed) }

  /// No refresh begins any more.
  package func close() { isClosed.store(true, ordering: .relaxed) }

  // MARK: Purging

  /// Purges what was fetched until now. What is hard goes from the memory at once.
  ///
  /// - Returns: how many entries of this process had the tags, and what the other replicas have to be told.
  package func purge(_ tags: [String], mode: PurgeMarks.Mode, at moment: Timestamp) -> (entries: Int, marks: PurgeMarks) {
    var marks = PurgeMarks()
    for tag in tags { marks.purge(tag, mode: mode, at: moment) }
    purges.merge(marks, notAfter: moment)
    forgetFailures()
    return (tags.reduce(0) { $0 + (mode == .hard ? memory.purge($1) : memory.count($1)) }, marks)
  }

  /// Takes over what another replica has purged.
  package func merge(_ marks: PurgeMarks, at now: Timestamp) {
    // A replica whose clock is ahead must not keep everything here from being used until ours has caught up.
    purges.merge(marks, notAfter: now)
    forgetFailures()
  }

  /// Whoever purges wants to see what is there now.
  private func forgetFailures() { failures.removeAll { _ in true } }

  package var statistics: MemoryStatistics { memory.statistics }

  /// Bytes that the memory may take.
  package var capacity: Int { memory.capacity }
}

extension SectionCache {
  package typealias MemoryStatistics = MemoryCache<Kept>.Statistics
}
