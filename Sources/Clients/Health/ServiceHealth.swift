import NIOCore
import Resilience
import Synchronization

/// The health of one service as the whole process knows it: traffic on every loop and probes write it, reports read it.
package final class ServiceHealth: Sendable {
  private let record = Mutex(HealthRecord())

  package init() {}

  package var current: HealthRecord { record.withLock { $0 } }

  /// A success that finds the record taken by another loop is left out: nobody waits for it.
  func observed(_ failure: CallFailure?, after took: TimeAmount, isProbe: Bool = false) {
    let now = Timestamp.now()
    let latency = Duration.nanoseconds(took.nanoseconds)
    if failure == nil, !isProbe {
      _ = record.withLockIfAvailable { $0.observed(failure: nil, took: latency, at: now) }
    } else {
      record.withLock { $0.observed(failure: failure, took: latency, at: now, isProbe: isProbe) }
    }
  }
}
