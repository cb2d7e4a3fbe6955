package import NIOCore

/// What the status page shows beside what the edge knows itself: given by whoever puts the process together.
package struct StatusSources: Sendable {
  /// How it stands with the Redis that replicas share.
  package struct RedisState: Sendable, Equatable {
    let isConnected: Bool
    /// `closed`, `open` or `half_open`.
    let circuit: String
    /// The word of the latest failure.
    let error: String?

    package init(isConnected: Bool, circuit: String, error: String?) {
      self.isConnected = isConnected
      self.circuit = circuit
      self.error = error
    }
  }

  /// The first level of the cache.
  package struct MemoryUse: Sendable, Equatable {
    let bytes: Int
    let capacity: Int
    let entries: Int
    /// Entries that were thrown out for others, so far.
    let evictions: Int

    package init(bytes: Int, capacity: Int, entries: Int, evictions: Int) {
      self.bytes = bytes
      self.capacity = capacity
      self.entries = entries
      self.evictions = evictions
    }
  }

  /// Processes that share a Redis, this one among them; nil where that is not known.
  package var replicas: @Sendable () -> Int? = { nil }
  /// Called on the loop that it is given. Nil where nothing is shared, or nothing is known.
  package var redis: @Sendable (any EventLoop) -> RedisState? = { _ in nil }
  /// Asked only while the cache is on.
  package var memory: @Sendable () -> MemoryUse? = { nil }
  package let reloads = ReloadRecord()

  package init() {}
}
