import EventLoops
import NIOCore
import Resilience
import Synchronization

/// How many streams a listener has, and has had.
package final class EventStreamCounts: Sendable {
  private let openNow = Atomic<Int>(0)
  private let droppedSoFar = Atomic<Int>(0)
  private let placesTaken = Atomic<Int>(0)

  package init() {}

  /// Open now.
  package var open: Int { openNow.load(ordering: .relaxed) }
  /// Cut off so far because their clients were too slow.
  package var dropped: Int { droppedSoFar.load(ordering: .relaxed) }

  func openedOne() { openNow.add(1, ordering: .relaxed) }
  func closedOne() { openNow.subtract(1, ordering: .relaxed) }
  func droppedOne() { droppedSoFar.add(1, ordering: .relaxed) }

  /// For ``EventStreamPlace``: looks and takes at once.
  func takePlace(limit: Int) -> Bool {
    var taken = placesTaken.load(ordering: .relaxed)
    while taken < limit {
      let (isDone, found) = placesTaken.weakCompareExchange(expected: taken, desired: taken + 1, ordering: .relaxed)
      if isDone { return true }
      taken = found
    }
    return false
  }

  func givePlaceBack() { placesTaken.subtract(1, ordering: .relaxed) }
}

/// The streams of one event loop: what their times ask for is done a little at a time, so that other requests do not wait for it. Belongs
/// to that loop.
final class EventStreams {
  private let counts: EventStreamCounts
  private let executor: EventLoopExecutor
  private var streams: [EventStream] = []
  private var cursor = 0

  /// So many are written to in one tick: about a millisecond's work.
  private static let portion = 64
  /// When the process is to end it has less else to do.
  private static let drainPortion = 256

  init(_ counts: EventStreamCounts, on executor: EventLoopExecutor) {
    self.counts = counts
    self.executor = executor
  }

  /// Opens a stream that the sink carries from now on; ``EventStream/over()`` ends it.
  func open(_ plan: EventStreamPlan, carriedBy sink: any EventStreamSink) -> EventStream {
    let stream = EventStream(plan.rules, carriedBy: sink, counts, at: .now())
    stream.place = plan.place
    stream.slot = streams.count
    streams.append(stream)
    counts.openedOne()
    return stream
  }

  func remove(_ stream: EventStream) {
    guard let slot = stream.slot, let last = streams.popLast() else { return }
    stream.slot = nil
    counts.closedOne()
    stream.place?.giveBack()
    guard last !== stream else { return }
    streams[slot] = last
    last.slot = slot
  }

  /// Sends signs of life, and ends what is to end.
  func tick(at now: NIODeadline, isDraining: Bool) {
    guard !streams.isEmpty else { return }
    let wall = Timestamp.now()
    var left = isDraining ? Self.drainPortion : Self.portion
    for _ in 0..<streams.count where left > 0 && !streams.isEmpty {
      // One that leaves has its place taken by the last.
      if cursor >= streams.count { cursor = 0 }
      let stream = streams[cursor]
      if stream.look(at: now, wall, isDraining: isDraining, executor) { left -= 1 }
      if stream.slot != nil { cursor += 1 }
    }
  }
}
