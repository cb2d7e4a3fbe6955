import NIOCore
import Resilience
import Synchronization

/// The concurrency limit of one upstream: how many tries are under way in the whole process.
///
/// A place is taken and given back with one atomic operation each. Waiting calls stand in the queues of their loops
/// (``SlotQueue``). A place that comes free while calls of other loops wait goes around the loops, so that a loop with a lasting
/// queue does not keep its places to itself.
package final class Slots: Sendable {
  private let limit: Atomic<Int>
  private let taken = Atomic<Int>(0)
  private let waiting = Atomic<Int>(0)
  private let queueLength: Int
  private let adaptive: AdaptiveLimit?
  /// The queues of the loops; called from any loop.
  private let queues = Mutex<[@Sendable (Message) -> Void]>([])

  enum Message: Sendable {
    /// There may be places for those who wait.
    case wakeUp
    /// A place that is not given back, for whoever waits there or at one of the next so many loops.
    case place(hopsLeft: Int)
  }

  init(_ policy: ConcurrencyPolicy) {
    adaptive = policy.isAdaptive ? AdaptiveLimit(policy.gradient, maximum: policy.maximum) : nil
    limit = Atomic(adaptive?.initial ?? policy.maximum)
    queueLength = policy.queue
  }

  package var inFlight: Int { taken.load(ordering: .relaxed) }
  package var currentLimit: Int { limit.load(ordering: .relaxed) }

  /// One more try, if there is a place for it.
  func take() -> Bool {
    // Sequentially consistent, as `joinQueue` and `giveBack` are: either the giver sees who waits, or the waiter sees the place.
    taken.add(upTo: limit.load(ordering: .relaxed))
  }

  /// A try is over.
  func giveBack() {
    taken.subtract(1, ordering: .sequentiallyConsistent)
    wakeWaiting()
  }

  /// Passes a place on to the next loop, at most once around.
  func pass(from queue: Int, hopsLeft: Int? = nil) {
    let queues = queues.withLock { $0 }
    guard let hopsLeft = hopsLeft ?? queues.indices.last, hopsLeft > 0 else { return giveBack() }
    queues[(queue + 1) % queues.count](.place(hopsLeft: hopsLeft - 1))
  }

  /// One more call that waits, if the queue has room.
  func joinQueue() -> Bool {
    waiting.add(upTo: queueLength)
  }

  /// Whether more tries are under way than the limit, since it was lowered, allows.
  var isOverLimit: Bool { taken.load(ordering: .relaxed) > limit.load(ordering: .relaxed) }

  func leaveQueue() { waiting.subtract(1, ordering: .sequentiallyConsistent) }

  /// How many calls wait, at all loops.
  var queued: Int { waiting.load(ordering: .relaxed) }

  /// - Returns: the queue's place among the loops.
  func add(queue: @escaping @Sendable (Message) -> Void) -> Int {
    queues.withLock { queues in
      queues.append(queue)
      return queues.count - 1
    }
  }

  private func wakeWaiting() {
    guard waiting.load(ordering: .sequentiallyConsistent) > 0 else { return }
    for queue in queues.withLock({ $0 }) { queue(.wakeUp) }
  }

  /// A try ended, after `latency`: an adaptive limit learns from it.
  func sampled(latency: Duration, wasDropped: Bool, at now: Instant) {
    if let found = adaptive?.sampled(latency: latency, inFlight: inFlight, wasDropped: wasDropped, at: now) {
      if limit.exchange(found, ordering: .sequentiallyConsistent) < found { wakeWaiting() }
    }
  }
}

extension Atomic<Int> {
  /// One more, while there are fewer than `most`. Compared first and never added in vain: a place that somebody holds only for a
  /// moment would look taken to one who waits for it.
  fileprivate borrowing func add(upTo most: Int) -> Bool {
    var seen = load(ordering: .sequentiallyConsistent)
    while seen < most {
      let result = compareExchange(expected: seen, desired: seen + 1, ordering: .sequentiallyConsistent)
      if result.exchanged { return true }
      seen = result.original
    }
    return false
  }
}

/// A gradient limit that the loops share. Nobody waits for it: a sample that finds it taken is left out.
private final class AdaptiveLimit: Sendable {
  /// What it starts from, within its bounds.
  let initial: Int
  private let gradient: Mutex<GradientLimit>

  init(_ configuration: GradientLimit.Configuration, maximum: Int) {
    var configuration = configuration
    configuration.maximum = min(configuration.maximum, maximum)
    configuration.minimum = min(configuration.minimum, maximum)
    let gradient = GradientLimit(configuration)
    initial = gradient.limit
    self.gradient = Mutex(gradient)
  }

  func sampled(latency: Duration, inFlight: Int, wasDropped: Bool, at now: Instant) -> Int? {
    gradient.withLockIfAvailable { gradient in
      gradient.sampled(latency: latency, inFlight: inFlight, wasDropped: wasDropped, at: now)
      return gradient.limit
    }
  }
}
