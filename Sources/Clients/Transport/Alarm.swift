import NIOCore

/// A timer that is set for the earliest of many instants, and set anew only for an earlier one.
///
/// A scheduled task for each exchange costs its allocations, its place in the loop's heap, and a `timerfd_settime` where it
/// changes the loop's next wake-up. Deadlines come in order nearly always: the first is set, the others are looked at when it
/// rings.
struct Alarm {
  private var instant: NIODeadline?
  private var scheduled: Scheduled<Void>?

  /// `ring` must call ``rang()``, and set the alarm again where there is more to wait for.
  mutating func set(at instant: NIODeadline, on eventLoop: any EventLoop, _ ring: @escaping () -> Void) {
    if let earlier = self.instant, earlier <= instant { return }
    scheduled?.cancel()
    self.instant = instant
    scheduled = eventLoop.assumeIsolated().scheduleTask(deadline: instant, ring)
  }

  mutating func rang() {
    instant = nil
    scheduled = nil
  }

  mutating func cancel() {
    scheduled?.cancel()
    rang()
  }
}
