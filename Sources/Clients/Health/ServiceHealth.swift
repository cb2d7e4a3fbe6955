import NIOCore
import Resilience
import Synchronization

/// The health of one service as the whole process knows it: traffic on every loop and probes write it, reports read it.
package final class ServiceHealth: Sendable {
  private let record = Mutex(HealthRecord())

  package init() {}

  package var current: HealthRecord { record.withLock { $0 } }

  func observed(_ failure: CallFailure?, since started: NIODeadline, isProbe: Bool = false) {
    let now = Timestamp.now()
    let latency = Duration.nanoseconds((NIODeadline.now() - started).nanoseconds)
    record.withLock { $0.observed(failure: failure, took: latency, at: now, isProbe: isProbe) }
  }
}
