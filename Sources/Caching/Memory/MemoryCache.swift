import NIOCore
import Synchronization

/// The first level of the cache: this process's memory, shared by all its loops and bounded in bytes, exactly and at any time.
///
/// Entries lie in shards, each with its lock; no thread ever holds two. The bytes are counted for all shards together and are taken before a
/// value goes in, so that a shard may be bigger than another and the sum is never too great. A hit allocates nothing and moves nothing.
///
/// What is kept for how long is not this type's business: it gives back whatever it holds, stale or not.
package final class MemoryCache<Value: Sendable>: Sendable {
  /// What an entry costs beside its value: key, index, queue, ghost, tags. In bytes.
  package static var overhead: Int { 200 }

  /// In bytes, entries' overhead included.
  package let capacity: Int
  private let shards: [LockedShard<Value>]
  private let used = Atomic<Int>(0)

  /// - Parameters:
  ///   - capacity: in bytes.
  ///   - shards: rounded up to a power of two; by default four times the cores.
  ///   - seed: of the index; the process's own chance if nil.
  package init(capacity: Int = 128 << 20, shards count: Int = 4 * System.coreCount, seed: UInt64? = nil) {
    self.capacity = max(capacity, 0)
    let seeds = (seed ?? .random(in: .min ... .max), (seed ?? .random(in: .min ... .max)) &* 0x9E37_79B9_7F4A_7C15)
    let limited = min(max(count, 1), 1 << 14)
    let power = limited == 1 ? 1 : 1 << (Int.bitWidth - (limited - 1).leadingZeroBitCount)
    shards = (0..<power).map { _ in LockedShard(MemoryShard(seed: seeds)) }
  }

  /// The value that is kept for the key. It counts as a hit or as a miss.
  package func value(for key: CacheKey) -> Value? {
    shards[shardNumber(of: key)].state.withLock { $0.value(for: key) }
  }

  /// Keeps the value in the place of the one before it, and throws out others for it.
  ///
  /// - Parameters:
  ///   - cost: what the value itself takes, in bytes.
  ///   - tags: by which it can be removed.
  /// - Returns: false when it was not stored, as it is bigger than an eighth of the capacity; then the one before it is removed, too.
  @discardableResult package func store(_ value: Value, for key: CacheKey, cost: Int, tags: [String] = []) -> Bool {
    let number = shardNumber(of: key)
    guard cost >= 0, cost <= capacity / 8 - Self.overhead, reserve(cost + Self.overhead, near: number) else {
      remove(key)
      return false
    }
    let old = shards[number].state.withLock { $0.store(value, for: key, cost: cost + Self.overhead, tags: tags) }
    release(old)
    return true
  }

  /// Removes what is kept for the key.
  ///
  /// - Parameter condition: looks at the value first, so that one that came in just now is not taken for the one that was seen.
  @discardableResult package func remove(_ key: CacheKey, where condition: (Value) -> Bool = { _ in true }) -> Bool {
    let removed = shards[shardNumber(of: key)].state.withLock { $0.remove(key, where: condition) }
    release(removed)
    return removed != nil
  }

  /// Removes every entry whose tags meet the condition; looks at all of them, one shard after the other.
  ///
  /// - Returns: how many were removed.
  @discardableResult package func removeAll(where condition: ([String]) -> Bool) -> Int {
    var count = 0
    for shard in shards {
      let removed = shard.state.withLock { $0.removeAll(where: condition) }
      for entry in removed { release(entry) }
      count += removed.count
    }
    return count
  }

  /// Removes every entry with the tag; all of them for `PurgeMarks.everything`.
  @discardableResult package func purge(_ tag: String) -> Int {
    tag == PurgeMarks.everything ? removeAll { _ in true } : removeAll { $0.contains(tag) }
  }

  /// How many entries have the tag.
  package func count(_ tag: String) -> Int {
    shards.reduce(0) { sum, shard in
      sum + shard.state.withLock { $0.count { tag == PurgeMarks.everything || $0.contains(tag) } }
    }
  }

  package struct Statistics: Sendable, Equatable {
    package var hits = 0
    package var misses = 0
    /// Entries that were thrown out for others.
    package var evictions = 0
    /// With the overhead, and with what is just being stored.
    package var bytes = 0
    package var entries = 0
  }

  package var statistics: Statistics {
    var sum = Statistics(bytes: used.load(ordering: .relaxed))
    for shard in shards {
      shard.state.withLock {
        sum.hits += $0.hits
        sum.misses += $0.misses
        sum.evictions += $0.evictions
        sum.entries += $0.count
      }
    }
    return sum
  }

  /// Another part of the digest than the index uses.
  private func shardNumber(of key: CacheKey) -> Int { Int(truncatingIfNeeded: key.words.3) & (shards.count - 1) }

  /// Takes bytes of the capacity, throwing out entries until there are as many; false when there is nothing left to throw out.
  private func reserve(_ bytes: Int, near number: Int) -> Bool {
    while true {
      let before = used.load(ordering: .relaxed)
      if before <= capacity - bytes {
        if used.weakCompareExchange(expected: before, desired: before + bytes, ordering: .relaxed).exchanged { return true }
      } else if !evict(near: number) {
        return false
      }
    }
  }

  /// Throws out one entry of the first shard from `number` on that has its share of the bytes or more; of any, when none has.
  private func evict(near number: Int) -> Bool {
    for share in [capacity / shards.count, 1] {
      for step in shards.indices {
        let shard = shards[(number + step) & (shards.count - 1)]
        guard let evicted = shard.state.withLock({ $0.bytes >= share ? $0.evict() : nil }) else { continue }
        release(evicted)
        return true
      }
    }
    return false
  }

  /// Gives the bytes back. The value goes with the end of the call, outside of every lock.
  private func release(_ removed: MemoryShard<Value>.Removed?) {
    guard let removed else { return }
    used.subtract(removed.cost, ordering: .relaxed)
  }
}

private final class LockedShard<Value: Sendable>: Sendable {
  let state: Mutex<MemoryShard<Value>>

  init(_ shard: consuming MemoryShard<Value>) { state = Mutex(shard) }
}
