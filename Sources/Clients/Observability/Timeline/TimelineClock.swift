import NIOCore
import Tracing

/// Moments of the monotonic clock as the wall clock would have told them.
struct TimelineClock {
  private let now: NIODeadline
  private let wall = DefaultTracerClock.now.nanosecondsSinceEpoch

  init(_ now: NIODeadline) { self.now = now }

  func instant(_ moment: NIODeadline) -> some TracerInstant {
    WallInstant(nanosecondsSinceEpoch: wall - min(UInt64(clamping: (now - moment).nanoseconds), wall))
  }
}

private struct WallInstant: TracerInstant {
  let nanosecondsSinceEpoch: UInt64

  static func < (left: WallInstant, right: WallInstant) -> Bool { left.nanosecondsSinceEpoch < right.nanosecondsSinceEpoch }
}
