import Clients
import Testing
import Tracing

@testable import TraceExport

/// What is sent when, and what is dropped: every event, without a collector.
@Suite struct ExportQueueTests {
  private static let limits = ExportQueue.Limits(capacity: 10, batch: 4, interval: .seconds(1), tries: 3)

  private static func spans(_ names: Range<Int>) -> [SpanRecord] {
    names.map {
      SpanRecord(
        trace: TraceContext(traceID: .random(), spanID: 1, isSampled: true), parentID: 0, isParentRemote: false, name: "\($0)",
        kind: .internal, start: 1, end: 2, attributes: [:], events: [], droppedEvents: 0, links: [], status: nil)
    }
  }

  private var queue = ExportQueue(limits)

  @Test mutating func aFewWaitForOthersAndGoTogether() {
    #expect(queue.added(Self.spans(0..<1)).words == ["wait 1.0 seconds"])
    #expect(queue.added(Self.spans(1..<3)).words == ["none"])
    #expect(queue.timerFired().words == ["0", "1", "2"])
    #expect(queue.exportEnded(.taken(rejected: 0), chance: 0).words == ["none"])
    #expect(queue.counts == ExportQueue.Counts(exported: 3))
  }

  @Test mutating func aFullBatchGoesAtOnceAndTheRestAfterIt() {
    #expect(queue.added(Self.spans(0..<6)).words == ["0", "1", "2", "3"])
    #expect(queue.added(Self.spans(6..<9)).words == ["none"])
    #expect(queue.exportEnded(.taken(rejected: 1), chance: 0).words == ["4", "5", "6", "7"])
    #expect(queue.exportEnded(.taken(rejected: 0), chance: 0).words == ["wait 1.0 seconds"])
    #expect(queue.timerFired().words == ["8"])
    #expect(queue.exportEnded(.taken(rejected: 0), chance: 0).words == ["none"])
    #expect(queue.counts == ExportQueue.Counts(exported: 8, rejected: 1))
  }

  @Test mutating func whatFindsNoRoomIsDroppedAndCounted() {
    _ = queue.added(Self.spans(0..<4))
    #expect(queue.added(Self.spans(4..<30)).words == ["none"])
    #expect(queue.counts == ExportQueue.Counts(dropped: 16))
    #expect(queue.added(Self.spans(30..<31)).words == ["none"])
    #expect(queue.counts.dropped == 17)
  }

  @Test mutating func theSameBatchIsTriedAgainAndThenGivenUp() {
    _ = queue.added(Self.spans(0..<4))
    #expect(queue.exportEnded(.notNow(after: nil), chance: 1).words == ["wait 1.0 seconds"])
    #expect(queue.timerFired().words == ["0", "1", "2", "3"])
    #expect(queue.exportEnded(.notNow(after: nil), chance: 0).words == ["wait 1.0 seconds"])
    #expect(queue.timerFired().words == ["0", "1", "2", "3"])
    #expect(queue.exportEnded(.notNow(after: nil), chance: 0).words == ["none"])
    #expect(queue.counts == ExportQueue.Counts(dropped: 4))
  }

  @Test mutating func theCollectorSaysHowLongToWaitButNotForEver() {
    _ = queue.added(Self.spans(0..<4))
    #expect(queue.exportEnded(.notNow(after: .seconds(7)), chance: 0).words == ["wait 7.0 seconds"])
    _ = queue.timerFired()
    #expect(queue.exportEnded(.notNow(after: .seconds(86_400)), chance: 0).words == ["wait 30.0 seconds"])
  }

  @Test mutating func whatWasNotSentIsNoTry() {
    _ = queue.added(Self.spans(0..<4))
    for _ in 0..<20 {
      #expect(queue.exportEnded(.heldBack(after: .seconds(300)), chance: 0).words == ["wait 30.0 seconds"])
      #expect(queue.timerFired().words == ["0", "1", "2", "3"])
    }
    #expect(queue.counts == ExportQueue.Counts())
  }

  @Test mutating func whatIsRefusedIsNotSentAgain() {
    _ = queue.added(Self.spans(0..<4))
    #expect(queue.exportEnded(.refused, chance: 0).words == ["none"])
    #expect(queue.counts == ExportQueue.Counts(rejected: 4))
    // A timer of before finds nothing to do.
    #expect(queue.timerFired().words == ["none"])
  }

  @Test mutating func whenItClosesNothingBegins() {
    _ = queue.added(Self.spans(0..<9))
    let isUnderWay = queue.closed()
    #expect(isUnderWay)
    #expect(queue.added(Self.spans(9..<10)).words == ["none"])
    #expect(queue.exportEnded(.notNow(after: nil), chance: 0).words == ["none"])
    let isStillUnderWay = queue.closed()
    #expect(!isStillUnderWay)
    #expect(queue.counts == ExportQueue.Counts(dropped: 5))
    #expect(queue.drained().map(\.count) == [4, 1])
  }

  @Test mutating func atTheEndEverythingGoesOnce() {
    _ = queue.added(Self.spans(0..<4))
    _ = queue.exportEnded(.notNow(after: nil), chance: 0)
    _ = queue.added(Self.spans(4..<9))
    #expect(queue.drained().map { $0.map(\.name) } == [["0", "1", "2", "3"], ["4", "5", "6", "7"], ["8"]])
    #expect(queue.timerFired().words == ["none"])
  }

  @Test(arguments: [
    (429, true), (502, true), (503, true), (504, true), (400, false), (401, false), (404, false), (500, false), (501, false),
  ])
  func theStatusSaysWhetherToTryAgain(status: Int, isTransient: Bool) {
    let failure = CallFailure(.serverError, receivedStatus: status, retryAfter: .seconds(3))
    #expect(ExportQueue.Outcome(failure) == (isTransient ? .notNow(after: .seconds(3)) : .refused))
  }

  @Test func whoeverIsAwayMayBeBackLater() {
    #expect(ExportQueue.Outcome(CallFailure(.connectionRefused)) == .notNow(after: nil))
    #expect(ExportQueue.Outcome(CallFailure(.circuitOpen)) == .notNow(after: nil))
  }
}

extension ExportQueue.Action {
  fileprivate var words: [String] {
    switch self {
    case .none: ["none"]
    case .wait(let time): ["wait \(time)"]
    case .export(let spans): spans.map(\.name)
    }
  }
}
