import Clients
import Resilience

/// What was seen of a service's latency, second by second.
struct LatencyHistory: Equatable {
  static let length = 60

  /// The oldest first; nil for a second in which nothing was seen.
  private(set) var samples: [Duration?] = []
  private var seenAt: Timestamp?

  /// Another second is over.
  ///
  /// - Parameter newest: what is known of the service; counts if it has come since the last second.
  mutating func sampled(_ newest: HealthRecord.Evidence?) {
    if samples.count == Self.length { samples.removeFirst() }
    let isNew = newest != nil && newest?.at != seenAt
    samples.append(isNew ? newest?.latency : nil)
    seenAt = newest?.at
  }
}
