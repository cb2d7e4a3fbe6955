import NIOCore

/// One timer for all of a request's sections that wait for others' fetches: they have one deadline, and to set and cancel a timer for each
/// costs more than to ask Redis. Belongs to the request's loop.
final class RequestAlarm: NIOScheduledCallbackHandler {
  private var waits: [SectionWait] = []
  private var timer: NIOScheduledCallback?

  /// - Parameter deadline: the request's, the same for all.
  func add(_ wait: SectionWait, at deadline: NIODeadline, on eventLoop: any EventLoop) {
    waits.append(wait)
    if timer == nil { timer = SectionWait.timer(at: deadline, on: eventLoop, self) }
  }

  /// The request has what it waited for.
  func cancel() {
    timer?.cancel()
    timer = nil
    waits = []
  }

  func handleScheduledCallback(eventLoop: some EventLoop) {
    timer = nil
    let late = waits
    waits = []
    for wait in late { wait.timedOut() }
  }
}
