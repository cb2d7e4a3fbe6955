import EventLoops
import NIOCore
import NIOPosix

@testable import Clients

/// A call that does nothing but wait for a place.
final class WaitingCall: SlotWaiter {
  enum End: Sendable { case granted, timedOut }

  let deadline: NIODeadline
  /// Told when the call hears of its place or of its deadline, before anybody else.
  var onEnd: () -> Void = {}
  /// How many times it was told, and of what first.
  private(set) var ends = 0
  private(set) var isGranted = false
  let promise: EventLoopPromise<End>
  private let queue: SlotQueue

  init(_ queue: SlotQueue, until deadline: NIODeadline) {
    self.queue = queue
    self.deadline = deadline
    promise = queue.eventLoop.makePromise()
  }

  convenience init(_ queue: SlotQueue, within time: TimeAmount = .minutes(10)) { self.init(queue, until: .now() + time) }

  deinit { promise.fail(ChannelError.ioOnClosedChannel) }

  var hasEnded: Bool { ends > 0 }

  func enter() -> SlotQueue.Entry {
    let entry = queue.enter(self)
    if entry == .granted { placeGranted() }
    return entry
  }

  /// Nil for a call that was let go without having heard anything.
  func end() async -> End? { try? await promise.futureResult.get() }

  func placeGranted() { end(.granted) }
  func queueTimedOut() { end(.timedOut) }

  private func end(_ how: End) {
    ends += 1
    if ends == 1 { isGranted = how == .granted }
    promise.succeed(how)
    onEnd()
  }
}

/// The queues of several loops for the same places.
struct Loops: Sendable {
  let slots: Slots
  let queues: LoopLocal<SlotQueue>
  let loops: [any EventLoop]
  private let group: MultiThreadedEventLoopGroup

  init(_ count: Int, _ policy: ConcurrencyPolicy, maxConnections: Int = 1000) async throws {
    let slots = Slots(policy)
    self.slots = slots
    group = MultiThreadedEventLoopGroup(numberOfThreads: count)
    loops = Array(group.makeIterator())
    queues = try await LoopLocal(group) { SlotQueue(slots: slots, maxConnections: maxConnections, eventLoop: $0) }
  }

  /// Runs `body` on a loop.
  func run<T: Sendable>(_ index: Int, _ body: @escaping @Sendable (SlotQueue) throws -> T) async throws -> T {
    let loop = loops[index]
    return try await loop.submit { try body(queues[loop]) }.get()
  }

  /// Enters a call on a loop, and tells how it ends.
  func enter(_ index: Int) async throws -> EventLoopFuture<WaitingCall.End> {
    try await run(index) { queue in
      let call = WaitingCall(queue)
      _ = call.enter()
      return call.promise.futureResult
    }
  }

  func stop() async throws { try await group.shutdownGracefully() }
}
