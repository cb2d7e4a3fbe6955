import EventLoops
import NIOCore

/// A call that waits for a place. Lives on the event loop of its queue.
protocol SlotWaiter: AnyObject {
  var deadline: NIODeadline { get }
  /// It has a place, and leaves it when it is done.
  func placeGranted()
  /// Its deadline came first.
  func queueTimedOut()
}

/// The calls of one event loop that wait for a place among the tries of an upstream, first come first served. Belongs to its loop.
///
/// A place is one of the process's (``Slots``) and one of this loop's connections, so that nothing waits for a connection while its
/// attempt timeout runs.
final class SlotQueue {
  enum Entry {
    case granted, queued, refused
  }

  let eventLoop: any EventLoop
  private let slots: Slots
  private let maxConnections: Int
  private var underWay = 0
  private var waiting = CircularBuffer<any SlotWaiter>()
  private var alarm = Alarm()
  /// Its number among the queues of the loops.
  private var index = 0
  /// Places that were left and are not handed over yet.
  private var left = 0
  private var isHandingOver = false

  init(slots: Slots, maxConnections: Int, eventLoop: any EventLoop) {
    self.slots = slots
    self.maxConnections = maxConnections
    self.eventLoop = eventLoop
    let reference = NIOLoopBound(Reference(queue: self), eventLoop: eventLoop)
    index = slots.add { message in eventLoop.execute { reference.value.queue?.received(message) } }
  }

  /// The slots, which the queue holds, do not hold the queue.
  private struct Reference { weak var queue: SlotQueue? }

  /// A try wants to begin. Where it is queued, `call` hears of its place, or that its deadline came first.
  func enter(_ call: any SlotWaiter) -> Entry {
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
  ///
  /// A call that ends as soon as it has its place comes back here: its place waits in a count, not on the stack.
  func leave() {
    left += 1
    guard !isHandingOver else { return }
    isHandingOver = true
    while left > 0 {
      left -= 1
      handOver()
    }
    isHandingOver = false
  }

  private func handOver() {
    let (isOverLimit, queued) = (slots.isOverLimit, slots.queued)
    if !isOverLimit, queued == waiting.count, let next = waiting.popFirst() {
      slots.leaveQueue()
      return next.placeGranted()
    }
    underWay -= 1
    if isOverLimit || queued == 0 { slots.giveBack() } else { slots.pass(from: index) }
  }

  /// A call does not wait any more. Says whether it did.
  @discardableResult
  func abandon(_ call: any SlotWaiter) -> Bool {
    guard let place = waiting.firstIndex(where: { $0 === call }) else { return false }
    waiting.remove(at: place)
    slots.leaveQueue()
    return true
  }

  private func received(_ message: Slots.Message) {
    switch message {
    case .wakeUp: serve()
    case .place(let hopsLeft):
      guard underWay < maxConnections, let next = waiting.popFirst() else { return slots.pass(from: index, hopsLeft: hopsLeft) }
      underWay += 1
      slots.leaveQueue()
      next.placeGranted()
    }
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
    // What hears of it may end others, or make room for them.
    for call in waiting.filter({ $0.deadline <= now }) where abandon(call) { call.queueTimedOut() }
    if let next = waiting.lazy.map(\.deadline).min() { wake(at: next) }
  }
}
