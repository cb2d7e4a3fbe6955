import Metrics
import NIOCore
import Resilience

/// How many requests one event loop takes on at once: the shell around ``AdmissionControl``. Belongs to its loop.
///
/// The lag that the value decides by is that of a timer which runs only while requests are under way: an idle process does not wake.
final class LoopAdmission {
  private let eventLoop: any EventLoop
  private let always: Set<String>
  private let longer: Set<String>
  private var control: AdmissionControl
  private var isMeasuring = false
  private let refusals = Counter(label: "tributary_admission_refusals_total", dimensions: [("what", "request")])

  private static let period = TimeAmount.milliseconds(10)

  /// - Parameters:
  ///   - always: paths that are answered however much there is to do.
  ///   - longer: paths that are refused only when others have long been.
  init(_ configuration: AdmissionControl.Configuration, always: Set<String>, longer: Set<String>, eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
    self.always = always
    self.longer = longer
    control = AdmissionControl(configuration)
  }

  /// The request, or what is to be answered in its place. One that is counted must be reported as ``finished()``.
  func enter(_ request: IncomingRequest) -> (request: IncomingRequest, isCounted: Bool) {
    if request.refusal != nil { return (request, false) }
    if admit(.normal) { return (request, true) }
    let path = String(request.path)
    if always.contains(path) { return (request, false) }
    if longer.contains(path), admit(.high) { return (request, true) }
    refusals.increment()
    return (request.declined(.overloaded), false)
  }

  private func admit(_ priority: AdmissionControl.Priority) -> Bool {
    let now = NIODeadline.now()
    guard control.admit(priority, at: Self.instant(now)) else { return false }
    if !isMeasuring { measure(at: now) }
    return true
  }

  func finished() { control.finished(at: Self.instant(.now())) }

  private func measure(at now: NIODeadline) {
    isMeasuring = true
    let due = now + Self.period
    eventLoop.assumeIsolated().scheduleTask(deadline: due) {
      let now = NIODeadline.now()
      self.control.lagMeasured(.nanoseconds((now - due).nanoseconds), at: Self.instant(now))
      self.isMeasuring = false
      if self.control.inFlight > 0 { self.measure(at: now) }
    }
  }

  private static func instant(_ time: NIODeadline) -> Instant { Instant(nanoseconds: Int64(clamping: time.uptimeNanoseconds)) }
}
