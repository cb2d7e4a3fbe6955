import Caching
import Gateway
import NIOCore
import Redis

extension StatusSources {
  /// What the parts of the process know that the edge does not see.
  init(_ settings: GatewaySettings, cache: ProcessCache, limits: ProcessLimits) {
    self.init()
    replicas = { limits.knownReplicas }
    if settings.redis != nil {
      redis = { loop in
        cache.redisStatus(on: loop).map {
          RedisState(isConnected: $0.isConnected, circuit: $0.circuit.rawValue, error: $0.lastError?.word)
        }
      }
    }
    memory = {
      let statistics = cache.store.statistics
      return MemoryUse(
        bytes: statistics.bytes, capacity: cache.store.capacity, entries: statistics.entries, evictions: statistics.evictions)
    }
  }
}
