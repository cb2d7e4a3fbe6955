import NIOCore

/// The calls of one event loop that wait for a place among the tries of an upstream, first come first served. Belongs to its loop.
///
/// A place is one of the process's (``Slots``) and one of this loop's connections, so that nothing waits for a connection while its
/// attempt timeout runs.
final class SlotQueue {
  enum Entry {
    case granted, queued, refused
  }

  private let slots: Slots
  private let eventLoop: any EventLoop
  private let maxConnections: Int
  private var underWay = 0
  private var waiting = CircularBuffer<CallInFlight>()
  private var alarm = Alarm()

  init(slots: Slots, maxConnections: Int, eventLoop: any EventLoop) {
    self.slots = slots
    self.maxConnections = maxConnections
    self.eventLoop = eventLoop
    let queue = NIOLoopBound(self, eventLoop: eventLoop)
    slots.onWakeUp { eventLoop.execute { queue.value.serve() } }
  }

  /// A try wants to begin. Where it is queued, `call` hears of its place, or that its deadline came first.
  func enter(_ call: CallInFlight) -> Entry {
    if waiting.isEmpty, takePlace() { return .granted }
    guard slots.joinQueue() else { return .refused }
    waiting.append(call)
    wake(at: call.deadline)
    // The place that was taken a moment ago may be free by now, and its giver may have found nobody waiting.
    eventLoop.assumeIsolated().execute { self.serve() }
    return .queued
  }

  /// A place for a try that would not wait for one.
  func takePlace() -> Bool {
    guard underWay < maxConnections, slots.take() else { return false }
    underWay += 1
    return true
  }

  /// A try is over: its place goes to the next, or back.
  func leave() {
    if !slots.isOverLimit, let next = waiting.popFirst() {
      slots.leaveQueue()
      return next.placeGranted()
    }
    underWay -= 1
    slots.giveBack()
  }

  /// A call does not wait any more.
  func abandon(_ call: CallInFlight) {
    guard let place = waiting.firstIndex(where: { $0 === call }) else { return }
    waiting.remove(at: place)
    slots.leaveQueue()
  }

  private func serve() {
    while !waiting.isEmpty, takePlace() {
      slots.leaveQueue()
      waiting.removeFirst().placeGranted()
    }
  }

  private func wake(at deadline: NIODeadline) {
    alarm.set(at: deadline, on: eventLoop) { self.timePassed() }
  }

  private func timePassed() {
    alarm.rang()
    let now = NIODeadline.now()
    for call in waiting.filter({ $0.deadline <= now }) {
      abandon(call)
      call.queueTimedOut()
    }
    if let next = waiting.lazy.map(\.deadline).min() { wake(at: next) }
  }
}
