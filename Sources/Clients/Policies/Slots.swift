import NIOCore
import Resilience
import Synchronization

/// The concurrency limit of one upstream: how many tries are under way in the whole process.
///
/// A place is taken and given back with one atomic addition each. Waiting calls stand in the queues of their loops
/// (``SlotQueue``); a loop that gives a place back while others wait tells them.
package final class Slots: Sendable {
  private let limit: Atomic<Int>
  private let taken = Atomic<Int>(0)
  private let waiting = Atomic<Int>(0)
  private let queueLength: Int
  private let adaptive: AdaptiveLimit?
  /// Called, from any loop, when a place is free and somebody waits.
  private let wakeUps = Mutex<[@Sendable () -> Void]>([])

  init(_ policy: ConcurrencyPolicy) {
    limit = Atomic(policy.adaptive?.initial ?? policy.maximum)
    queueLength = policy.queue
    adaptive = policy.adaptive.map { AdaptiveLimit($0, maximum: policy.maximum) }
  }

  package var inFlight: Int { taken.load(ordering: .relaxed) }
  package var currentLimit: Int { limit.load(ordering: .relaxed) }

  /// One more try, if there is a place for it.
  func take() -> Bool {
    // Sequentially consistent, as `joinQueue` and `giveBack` are: either the giver sees who waits, or the waiter sees the place.
    if taken.add(1, ordering: .sequentiallyConsistent).newValue <= limit.load(ordering: .relaxed) { return true }
    taken.subtract(1, ordering: .sequentiallyConsistent)
    return false
  }

  /// A try is over.
  func giveBack() {
    taken.subtract(1, ordering: .sequentiallyConsistent)
    if waiting.load(ordering: .sequentiallyConsistent) > 0 { wake() }
  }

  /// One more call that waits, if the queue has room.
  func joinQueue() -> Bool {
    if waiting.add(1, ordering: .sequentiallyConsistent).newValue <= queueLength { return true }
    waiting.subtract(1, ordering: .sequentiallyConsistent)
    return false
  }

  /// Whether more tries are under way than the limit, since it was lowered, allows.
  var isOverLimit: Bool { taken.load(ordering: .relaxed) > limit.load(ordering: .relaxed) }

  func leaveQueue() { waiting.subtract(1, ordering: .sequentiallyConsistent) }

  func onWakeUp(_ wakeUp: @escaping @Sendable () -> Void) { wakeUps.withLock { $0.append(wakeUp) } }

  private func wake() {
    for wakeUp in wakeUps.withLock({ $0 }) { wakeUp() }
  }

  /// A try ended, after `latency`: an adaptive limit learns from it.
  func sampled(latency: Duration, wasDropped: Bool, at now: Instant) {
    if let found = adaptive?.sampled(latency: latency, inFlight: inFlight, wasDropped: wasDropped, at: now) {
      limit.store(found, ordering: .relaxed)
    }
  }
}

/// A gradient limit that the loops share. Nobody waits for it: a sample that finds it taken is left out.
private final class AdaptiveLimit: Sendable {
  private let gradient: Mutex<GradientLimit>

  init(_ configuration: GradientLimit.Configuration, maximum: Int) {
    var configuration = configuration
    configuration.maximum = min(configuration.maximum, maximum)
    gradient = Mutex(GradientLimit(configuration))
  }

  func sampled(latency: Duration, inFlight: Int, wasDropped: Bool, at now: Instant) -> Int? {
    gradient.withLockIfAvailable { gradient in
      gradient.sampled(latency: latency, inFlight: inFlight, wasDropped: wasDropped, at: now)
      return gradient.limit
    }
  }
}
