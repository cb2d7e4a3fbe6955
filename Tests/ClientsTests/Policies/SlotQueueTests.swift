import EventLoops
import NIOCore
import NIOPosix
import Testing

@testable import Clients

/// Who gets a place when. On one loop, but for the last tests.
@Suite(.timeLimit(.minutes(1))) struct SlotQueueTests {
  @Test func firstComeFirstServed() async throws {
    try await onLoop { loop in
      let (queue, slots) = queue(.upTo(1), on: loop)
      let calls = (0..<4).map { _ in WaitingCall(queue) }
      #expect(calls.map { $0.enter() } == [.granted, .queued, .queued, .queued])
      for call in calls {
        #expect(await call.end() == .granted)
        queue.leave()
      }
      #expect(slots.inFlight == 0)
      #expect(slots.queued == 0)
    }
  }

  @Test func aFullQueueRefuses() async throws {
    try await onLoop { loop in
      let (queue, slots) = queue(.upTo(1, queue: 2), on: loop)
      let calls = (0..<5).map { _ in WaitingCall(queue) }
      #expect(calls.map { $0.enter() } == [.granted, .queued, .queued, .refused, .refused])
      #expect(queue.abandon(calls[1]))
      #expect(WaitingCall(queue).enter() == .queued)
      #expect(slots.queued == 2)
    }
  }

  @Test func whoDoesNotWaitAnyMoreIsPassedOver() async throws {
    try await onLoop { loop in
      let (queue, slots) = queue(.upTo(1), on: loop)
      let calls = (0..<3).map { _ in WaitingCall(queue) }
      for call in calls { _ = call.enter() }
      #expect(queue.abandon(calls[1]))
      #expect(!queue.abandon(calls[1]))
      #expect(!queue.abandon(calls[0]))
      queue.leave()
      #expect(await calls[2].end() == .granted)
      #expect(!calls[1].hasEnded)
      queue.leave()
      #expect(slots.inFlight == 0 && slots.queued == 0)
    }
  }

  @Test func aDeadlineEndsTheWait() async throws {
    try await onLoop { loop in
      let (queue, slots) = queue(.upTo(1), on: loop)
      #expect(WaitingCall(queue).enter() == .granted)
      let late = WaitingCall(queue)
      let soon = [WaitingCall(queue, within: .milliseconds(30)), WaitingCall(queue, within: .milliseconds(10))]
      for call in [late] + soon { #expect(call.enter() == .queued) }
      for call in soon { #expect(await call.end() == .timedOut) }
      #expect(!late.hasEnded)
      queue.leave()
      #expect(await late.end() == .granted)
      #expect(slots.inFlight == 1 && slots.queued == 0)
    }
  }

  /// One that hears of its end ends another, as the last section of a document does.
  @Test func nobodyHearsOfTwoEnds() async throws {
    try await onLoop { loop in
      let (queue, slots) = queue(.upTo(1), on: loop)
      #expect(WaitingCall(queue).enter() == .granted)
      let deadline = NIODeadline.now() + .milliseconds(10)
      let calls = (0..<3).map { _ in WaitingCall(queue, until: deadline) }
      calls[0].onEnd = {
        queue.abandon(calls[1])
        queue.leave()
      }
      for call in calls { #expect(call.enter() == .queued) }
      #expect(await calls[0].end() == .timedOut)
      #expect(await calls[2].end() == .granted)
      #expect(!calls[1].hasEnded)
      #expect(calls.map(\.ends) == [1, 0, 1])
      #expect(slots.inFlight == 1 && slots.queued == 0)
    }
  }

  @Test func aLoopTakesNoMorePlacesThanItHasConnections() async throws {
    try await onLoop { loop in
      let slots = Slots(.upTo(100))
      let queue = SlotQueue(slots: slots, maxConnections: 2, eventLoop: loop)
      let calls = (0..<3).map { _ in WaitingCall(queue) }
      #expect(calls.map { $0.enter() } == [.granted, .granted, .queued])
      #expect(!queue.takePlace())
      #expect(slots.inFlight == 2)
      queue.leave()
      #expect(await calls[2].end() == .granted)
    }
  }

  /// Thirty thousand that each end as soon as they have a place, as they do when the process stops.
  @Test func aLongQueueThatEndsAtOnceNeedsNoStack() async throws {
    try await onLoop { loop in
      let (queue, slots) = queue(.upTo(1, queue: 30_000), on: loop)
      #expect(WaitingCall(queue).enter() == .granted)
      let calls = (0..<30_000).map { _ in WaitingCall(queue) }
      for call in calls {
        call.onEnd = { queue.leave() }
        hold(call.enter() == .queued)
      }
      queue.leave()
      #expect(calls.allSatisfy { $0.ends == 1 })
      #expect(slots.inFlight == 0 && slots.queued == 0)
    }
  }

  @Test func aPlaceGivenBackOnOneLoopIsTakenOnAnother() async throws {
    let loops = try await Loops(2, .upTo(1))
    try await loops.run(0) { queue in #expect(queue.takePlace()) }
    let waiting = try await loops.enter(1)
    try await loops.run(0) { queue in queue.leave() }
    #expect(try await waiting.get() == .granted)
    #expect(loops.slots.inFlight == 1)
    try await loops.stop()
  }

  /// The first loop's queue never empties: each call that ends there is followed by another. The second's one call is served.
  @Test func aLoopWithALastingQueueDoesNotStarveAnother() async throws {
    let loops = try await Loops(3, .upTo(1))
    try await loops.run(0) { queue in
      #expect(queue.takePlace())
      for _ in 0..<3 { RestlessCall(queue).enter() }
    }
    let waiting = try await loops.enter(1)
    try await loops.run(0) { queue in queue.leave() }
    #expect(try await waiting.get() == .granted)
    try await loops.stop()
  }

  @Test func theSlotsDoNotHoldTheQueue() async throws {
    try await onLoop { loop in
      let slots = Slots(.upTo(1))
      weak var queue: SlotQueue?
      do {
        let made = SlotQueue(slots: slots, maxConnections: 1, eventLoop: loop)
        queue = made
        #expect(made.takePlace())
      }
      #expect(queue == nil)
    }
  }

  private func queue(_ policy: ConcurrencyPolicy, on loop: any EventLoop) -> (SlotQueue, Slots) {
    let slots = Slots(policy)
    return (SlotQueue(slots: slots, maxConnections: 1000, eventLoop: loop), slots)
  }
}

/// A call that takes its time, then ends, and is followed by another.
private final class RestlessCall: SlotWaiter {
  let deadline = NIODeadline.distantFuture
  private let queue: SlotQueue

  init(_ queue: SlotQueue) { self.queue = queue }

  func enter() {
    if queue.enter(self) == .granted { placeGranted() }
  }

  func placeGranted() {
    queue.eventLoop.assumeIsolated().execute {
      RestlessCall(self.queue).enter()
      self.queue.leave()
    }
  }

  func queueTimedOut() {}
}
