import Glibc

/// A moment of monotonic time, in nanoseconds since a start that only the clock knows. For how long; when is `Timestamp`'s.
///
/// Sums and differences saturate: a duration of centuries gives the last moment, not a trap.
package struct Instant: Sendable, Hashable, Comparable {
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// On the clock of the machine's uptime.
  package static func now() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  package static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

  package static func + (start: Instant, length: Duration) -> Instant {
    start.advanced(byNanoseconds: length.clampedNanoseconds)
  }

  package static func - (end: Instant, start: Instant) -> Duration { .nanoseconds(end.nanoseconds(since: start)) }

  /// Negative when `start` is the later one.
  package func nanoseconds(since start: Instant) -> Int64 { nanoseconds.subtractingSaturated(start.nanoseconds) }

  package func advanced(byNanoseconds length: Int64) -> Instant { Instant(nanoseconds: nanoseconds.addingSaturated(length)) }
}
