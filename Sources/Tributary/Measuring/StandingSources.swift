import Aggregation
import Caching
import Clients
import Gateway
import MetricsExport
import Redis

/// How it stands with the cache in memory, and with what this process has put where others find it.
struct CacheSource: MetricsSource {
  let store: SectionStore

  func samples() async -> [MetricSample] {
    let memory = store.statistics
    var samples = [
      MetricSample("tributary_memory_cache_bytes", [], memory.bytes),
      MetricSample("tributary_memory_cache_capacity_bytes", [], store.capacity),
      MetricSample("tributary_memory_cache_entries", [], memory.entries),
      MetricSample("tributary_memory_cache_evictions_total", [], memory.evictions),
    ]
    guard let shared = (store.shared as? RedisSectionStore)?.statistics else { return samples }
    for (outcome, count) in [("stored", shared.stored), ("superseded", shared.superseded), ("dropped", shared.dropped)] {
      samples.append(MetricSample("tributary_shared_cache_stored_total", [("outcome", outcome)], count))
    }
    let refusals = shared.refusals.values.reduce(0, +)
    samples.append(MetricSample("tributary_shared_cache_refusals_total", [], refusals))
    return samples
  }
}

/// The connections of clients.
struct ConnectionSource: MetricsSource {
  let gateway: Gateway

  func samples() async -> [MetricSample] {
    // Sources are asked before counters are read.
    await gateway.settleCounts()
    return [
      MetricSample("tributary_connections", [], gateway.openConnections),
      MetricSample("tributary_streams", [], gateway.streams.open),
      MetricSample("tributary_streams_dropped_total", [], gateway.streams.dropped),
    ]
  }
}

/// The connections to upstreams, of the configuration in use.
struct UpstreamSource: MetricsSource {
  let reloading: Reloading

  func samples() async -> [MetricSample] {
    var samples: [MetricSample] = []
    for client in await reloading.assembly.clients {
      // A loop that has ended has no connections, and nobody to ask.
      guard let counts = await client.connections() else { continue }
      let name = client.definition.name
      for (state, count) in [("connecting", counts.connecting), ("active", counts.leased), ("idle", counts.idle)] {
        samples.append(MetricSample("tributary_upstream_connections", [("upstream", name), ("state", state)], count))
      }
    }
    return samples
  }
}

/// How it stands with Redis, for each of those who use it.
struct RedisSource: MetricsSource {
  let clients: [(name: String, client: RedisClient)]

  func samples() async -> [MetricSample] {
    var samples: [MetricSample] = []
    for (name, client) in clients {
      guard let loops = await client.statuses() else { continue }
      let label = [("client", name)]
      samples += [
        MetricSample("tributary_redis_loops", label, loops.count),
        MetricSample("tributary_redis_connected_loops", label, loops.count { $0.isConnected }),
        MetricSample("tributary_redis_circuit_state", label, loops.map(\.circuit.number).max() ?? 0),
        MetricSample("tributary_redis_outstanding_commands", label, loops.reduce(0) { $0 + $1.outstanding }),
      ]
    }
    return samples
  }
}

extension RedisStatus.Circuit {
  /// The same numbers as of an upstream's breaker.
  fileprivate var number: Int {
    switch self {
    case .closed: 0
    case .halfOpen: 1
    case .open: 2
    }
  }
}
