import Resilience
import Testing

@testable import Caching

@Suite struct PurgeStateTests {
  private let past = Timestamp(milliseconds: 0)
  private var marks: PurgeMarks {
    var marks = PurgeMarks()
    marks.purge("users", mode: .hard, at: Timestamp(milliseconds: 100))
    return marks
  }

  @Test func whoeverBeginsToListenCatchesUpFirst() {
    var state = PurgeState()
    state.failed(marks)
    #expect(state.next(prunedUpTo: past) == .none)
    state.heard()
    #expect(state.next(prunedUpTo: past) == .catchUp)
    #expect(state.next(prunedUpTo: past) == .none)
    #expect(!state.isCaughtUp)
    state.caughtUp(true)
    #expect(state.isCaughtUp)
    #expect(state.next(prunedUpTo: past) == .spread(marks))
    state.spread()
    #expect(state.next(prunedUpTo: past) == .none)
  }

  @Test func whatFailedIsDoneAgain() {
    var state = PurgeState()
    state.heard()
    #expect(state.next(prunedUpTo: past) == .catchUp)
    state.caughtUp(false)
    #expect(state.next(prunedUpTo: past) == .catchUp)
    state.caughtUp(true)
    state.failed(marks)
    #expect(state.next(prunedUpTo: past) == .spread(marks))
    state.failed(marks)
    state.spread()
    #expect(state.next(prunedUpTo: past) == .spread(marks))
  }

  @Test func aGapWhileCatchingUpIsAnotherReasonTo() {
    var state = PurgeState()
    state.heard()
    #expect(state.next(prunedUpTo: past) == .catchUp)
    state.lost()
    state.heard()
    state.caughtUp(true)
    #expect(!state.isCaughtUp)
    #expect(state.next(prunedUpTo: past) == .catchUp)
    state.caughtUp(true)
    #expect(state.isCaughtUp)
  }

  @Test func whatHasExpiredByItselfIsNotSpread() {
    var state = PurgeState()
    state.heard()
    _ = state.next(prunedUpTo: past)
    state.caughtUp(true)
    state.failed(marks)
    #expect(state.next(prunedUpTo: Timestamp(milliseconds: 100)) == .none)
    #expect(state.pending.isEmpty)
  }

  @Test func afterTheEndThereIsNothingToDo() {
    var state = PurgeState()
    state.failed(marks)
    state.heard()
    state.shutDown()
    #expect(state.next(prunedUpTo: past) == .none)
  }
}
