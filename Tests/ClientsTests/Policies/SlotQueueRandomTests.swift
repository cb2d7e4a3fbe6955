import EventLoops
import NIOCore
import Synchronization
import Testing
import TestSupport

@testable import Clients

/// Four loops that enter, leave and abandon at random, from a seed each. Nobody is forgotten: a test that does not end has failed.
@Suite(.timeLimit(.minutes(1))) struct SlotQueueRandomTests {
  @Test(arguments: [(1, 200), (2, 8), (3, 0), (7, 200), (64, 4)])
  func neverMoreThanTheMaximumAndNobodyIsForgotten(maximum: Int, queue: Int) async throws {
    try await run(maximum: maximum, queue: queue, maxConnections: 1000, deadline: .minutes(10))
  }

  @Test(arguments: [(1, 200), (5, 20)])
  func norWithDeadlines(maximum: Int, queue: Int) async throws {
    try await run(maximum: maximum, queue: queue, maxConnections: 1000, deadline: .microseconds(300))
  }

  @Test(arguments: [(3, 200), (100, 20)])
  func norWithFewConnections(maximum: Int, queue: Int) async throws {
    try await run(maximum: maximum, queue: queue, maxConnections: 2, deadline: .minutes(10))
  }

  private func run(maximum: Int, queue: Int, maxConnections: Int, deadline: TimeAmount) async throws {
    let loops = try await Loops(4, .upTo(maximum, queue: queue), maxConnections: maxConnections)
    let ends = Ends()
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for index in loops.loops.indices {
        tasks.addTask {
          try await loops.run(index) { slotQueue in
            let crowd = Crowd(
              slotQueue, seed: UInt64(index), maximum: maximum, maxConnections: maxConnections, deadline: deadline, ends)
            crowd.step()
            return crowd.isOver.futureResult
          }.get()
        }
      }
      try await tasks.waitForAll()
    }
    // A place may still go around.
    for _ in loops.loops { for index in loops.loops.indices { try await loops.run(index) { _ in } } }
    #expect(loops.slots.inFlight == 0)
    #expect(loops.slots.queued == 0)
    #expect(ends.entered.load(ordering: .relaxed) == ends.heard.load(ordering: .relaxed))
    try await loops.stop()
  }

  /// What the crowds of all loops count.
  final class Ends: Sendable {
    let underWay = Atomic(0)
    let entered = Atomic(0)
    /// Granted, refused, timed out or abandoned.
    let heard = Atomic(0)
  }
}

/// The calls of one loop.
private final class Crowd {
  let isOver: EventLoopPromise<Void>

  private let queue: SlotQueue
  private let ends: SlotQueueRandomTests.Ends
  private let maximum: Int
  private let maxConnections: Int
  private let deadline: TimeAmount
  private var generator: SeededGenerator
  private var stepsLeft = 2000
  private var waiting: [WaitingCall] = []
  private var underWay = 0

  init(
    _ queue: SlotQueue, seed: UInt64, maximum: Int, maxConnections: Int, deadline: TimeAmount, _ ends: SlotQueueRandomTests.Ends
  ) {
    self.queue = queue
    self.ends = ends
    self.maximum = maximum
    self.maxConnections = maxConnections
    self.deadline = deadline
    generator = SeededGenerator(seed: seed)
    isOver = queue.eventLoop.makePromise()
  }

  /// A few events, then the loop's other work, then the next few. At the end those under way leave, until nobody waits.
  func step() {
    for _ in 0..<Int.random(in: 1...4, using: &generator) where stepsLeft > 0 {
      stepsLeft -= 1
      switch Int.random(in: 0..<10, using: &generator) {
      case 0..<5: enter()
      case 5..<9: leave()
      default: abandon()
      }
    }
    while stepsLeft == 0, underWay > 0 { leave() }
    guard stepsLeft > 0 || !waiting.isEmpty || underWay > 0 else { return isOver.succeed() }
    queue.eventLoop.assumeIsolated().execute { self.step() }
  }

  private func enter() {
    ends.entered.add(1, ordering: .relaxed)
    let call = WaitingCall(queue, within: deadline)
    call.onEnd = { [unowned call] in self.ended(call) }
    waiting.append(call)
    if call.enter() == .refused { heard(call) }
  }

  /// It has a place, or its deadline came.
  private func ended(_ call: WaitingCall) {
    hold(call.ends == 1)
    heard(call)
    guard call.isGranted else { return }
    underWay += 1
    hold(underWay <= maxConnections)
    hold(ends.underWay.add(1, ordering: .sequentiallyConsistent).newValue <= maximum, "more than the maximum")
  }

  private func leave() {
    guard underWay > 0 else { return }
    underWay -= 1
    ends.underWay.subtract(1, ordering: .sequentiallyConsistent)
    queue.leave()
  }

  private func abandon() {
    guard let call = waiting.randomElement(using: &generator) else { return }
    hold(queue.abandon(call))
    heard(call)
  }

  private func heard(_ call: WaitingCall) {
    let place = waiting.firstIndex { $0 === call }
    hold(place != nil, "an end that nobody waits for")
    if let place { waiting.remove(at: place) }
    ends.heard.add(1, ordering: .relaxed)
  }
}
