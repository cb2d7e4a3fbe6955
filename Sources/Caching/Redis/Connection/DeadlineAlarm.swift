import NIOCore

/// A timer that is set for the earliest of many instants, and set anew only for an earlier one: deadlines come in order nearly
/// always, so that one scheduled task serves many commands.
struct DeadlineAlarm {
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
