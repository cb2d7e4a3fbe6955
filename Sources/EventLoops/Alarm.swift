package import NIOCore

/// A timer that is set for the earliest of many instants, and set anew only for an earlier one.
///
/// A scheduled task for each exchange or command costs its allocations, its place in the loop's heap, and a `timerfd_settime` where it
/// changes the loop's next wake-up. Deadlines come in order nearly always: the first is set, the others are looked at when it
/// rings.
package struct Alarm {
  private var instant: NIODeadline?
  private var scheduled: Scheduled<Void>?

  package init() {}

  /// `ring` must call ``rang()``, and set the alarm again where there is more to wait for.
  package mutating func set(at instant: NIODeadline, on eventLoop: any EventLoop, _ ring: @escaping () -> Void) {
    if let earlier = self.instant, earlier <= instant { return }
    scheduled?.cancel()
    self.instant = instant
    scheduled = eventLoop.assumeIsolated().scheduleTask(deadline: instant, ring)
  }

  package mutating func rang() {
    instant = nil
    scheduled = nil
  }

  package mutating func cancel() {
    scheduled?.cancel()
    rang()
  }
}
