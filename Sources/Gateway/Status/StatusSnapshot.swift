import Aggregation
import Clients
import Resilience

/// What is known of this process and of those that it asks, at one moment. Holds no address, no identity and no value of a request.
struct StatusSnapshot: Sendable {
  struct Service: Sendable {
    let name: String
    /// Its key in `services_status`.
    let label: String
    let health: HealthRecord
    let circuit: CircuitGate.Word
    let inFlight: Int
    let queued: Int
    let latencies: [Duration?]
  }

  struct Section: Sendable {
    let name: String
    let upstream: String
    let counts: SectionTally.Counts
    let last: SectionTally.Last?
  }

  var at: Timestamp
  var startedAt: Timestamp
  var version: String
  var isDraining: Bool
  var reloads: ReloadRecord.State
  var replicas: Int?
  var redis: StatusSources.RedisState?
  var memory: StatusSources.MemoryUse?
  var services: [Service]
  var sections: [Section]
  var partial: [PartialAnswer]
}
