import Metrics
package import NIOCore

/// How late event loops are: a timer on each that notes how long after its time it came.
package struct LoopLag: Sendable {
  private let probes: [RepeatedTask]

  /// Twice a second: a loop that is held up for longer than that is seen at once, a shorter hold as often as it is likely to hurt.
  private static let period = TimeAmount.milliseconds(500)

  package init(on group: any EventLoopGroup) {
    let lag = Timer(label: "tributary_event_loop_lag_seconds")
    probes = group.makeIterator().map { loop in
      let due = NIOLoopBoundBox.makeBoxSendingValue(NIODeadline.now() + Self.period, eventLoop: loop)
      return loop.scheduleRepeatedTask(initialDelay: Self.period, delay: Self.period) { _ in
        let now = NIODeadline.now()
        lag.recordNanoseconds(max((now - due.value).nanoseconds, 0))
        due.value = now + Self.period
      }
    }
  }

  package func stop() { for probe in probes { probe.cancel() } }
}
