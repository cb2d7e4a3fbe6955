import Redis
package import Resilience
import Synchronization

/// Which changes between Redis and the local share are worth a line: of each kind the first, then at most one a minute.
package final class RateLimitNotices: Sendable {
  /// A line for the log.
  package struct Notice: Sendable, Equatable {
    /// Constant for each kind.
    package let message: String
    /// One of a closed list of words; nil: nothing is wrong.
    package let error: String?
    package let replicas: Int?
  }

  private let last = Mutex<[Bool: Instant]>([:])
  private let now: @Sendable () -> Instant
  private let write: @Sendable (Notice) -> Void

  private static let pause = Duration.seconds(60)

  /// - Parameter write: a line into the log. Called on event loops, outside of the lock.
  package init(now: @escaping @Sendable () -> Instant = { .now() }, _ write: @escaping @Sendable (Notice) -> Void) {
    self.now = now
    self.write = write
  }

  package func record(_ event: RedisLimiter.Event) {
    let now = now()
    let isTrouble = event != .back
    let isDue = last.withLock { last in
      if let earlier = last[isTrouble], now - earlier < Self.pause { return false }
      last[isTrouble] = now
      return true
    }
    guard isDue else { return }
    switch event {
    case .away(let error, let replicas):
      write(
        Notice(
          message: "Rate limits: Redis cannot be asked; this replica takes its share", error: error.word, replicas: replicas))
    case .back: write(Notice(message: "Rate limits: counted in Redis again", error: nil, replicas: nil))
    }
  }
}
