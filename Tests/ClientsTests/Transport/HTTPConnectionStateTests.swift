import Testing
import TestSupport

@testable import Clients

struct HTTPConnectionStateTests {
  private var state = HTTPConnectionState(maxHeaderBytes: 1000, maxBodyBytes: 100)

  private mutating func begin(isHead: Bool = false, written: Bool = true) {
    #expect(state.requestStarted(isHead: isHead) == .proceed)
    if written { state.requestWritten() }
  }

  private mutating func head(_ status: Int = 200, length: Int? = nil, keepsAlive: Bool = true) -> HTTPConnectionState.Action {
    #expect(state.bytesReceived(50) == .proceed)
    return state.headReceived(status: status, contentLength: length, keepsAlive: keepsAlive)
  }

  private mutating func exchange() {
    begin()
    #expect(head(length: 5) == .proceed)
    #expect(state.bodyReceived(5) == .proceed)
    #expect(state.endReceived() == .proceed)
    #expect(state.readCompleted(isAtBoundary: true) == .finish(reuse: true))
  }

  @Test mutating func aConnectionServesOneExchangeAfterAnother() {
    for _ in 0..<3 { exchange() }
    #expect(state.isIdle)
  }

  @Test mutating func aBusyConnectionTakesNoSecondRequest() {
    begin()
    #expect(state.requestStarted(isHead: false) == .resend)
  }

  @Test mutating func aClosedConnectionTakesNoRequest() {
    #expect(state.connectionClosed() == .close)
    #expect(state.requestStarted(isHead: false) == .resend)
  }

  @Test mutating func theResponseIsGivenOutWhenItsReadIsOver() {
    begin()
    _ = head(length: 0)
    #expect(state.endReceived() == .proceed)
    #expect(state.isEnded)
    #expect(state.readCompleted(isAtBoundary: true) == .finish(reuse: true))
  }

  @Test mutating func aReadThatEndsInTheMiddleChangesNothing() {
    begin()
    #expect(state.readCompleted(isAtBoundary: true) == .ignore)
    _ = head(length: 9)
    #expect(state.readCompleted(isAtBoundary: true) == .ignore)
  }

  @Test mutating func aConnectionThatIsNotKeptAliveIsClosedAfterItsResponse() {
    begin()
    _ = head(keepsAlive: false)
    #expect(state.endReceived() == .finish(reuse: false))
    #expect(state.isClosed)
  }

  @Test mutating func aResponseBeforeItsRequestWasWrittenEndsTheConnection() {
    begin(written: false)
    _ = head(413, length: 0)
    #expect(state.endReceived() == .finish(reuse: false))
  }

  @Test mutating func aRequestWrittenDuringItsResponseKeepsTheConnection() {
    begin(written: false)
    _ = head(length: 0)
    state.requestWritten()
    #expect(state.endReceived() == .proceed)
    #expect(state.readCompleted(isAtBoundary: true) == .finish(reuse: true))
  }

  @Test(arguments: [204, 304]) mutating func aLengthWithoutABodyIsNoLength(status: Int) {
    begin()
    #expect(head(status, length: 1 << 40) == .proceed)
    #expect(state.endReceived() == .proceed)
  }

  @Test mutating func theLengthOfAHeadResponseIsNoLength() {
    begin(isHead: true)
    #expect(head(length: 1 << 40) == .proceed)
    #expect(state.bodyReceived(1) == .fail(.malformedResponse))
  }

  @Test mutating func informationalResponsesAreSkipped() {
    begin()
    #expect(head(100) == .ignore)
    #expect(head(103) == .ignore)
    #expect(head(200, length: 0) == .proceed)
  }

  @Test(arguments: [101, 0, 99, 600, 999]) mutating func aStatusThatIsNoneIsMalformed(status: Int) {
    begin()
    #expect(head(status) == .fail(.malformedResponse))
    #expect(state.isClosed)
  }

  @Test mutating func aSecondHeadIsMalformed() {
    begin()
    _ = head(length: 5)
    #expect(state.headReceived(status: 200, contentLength: 0, keepsAlive: true) == .fail(.malformedResponse))
  }

  @Test mutating func aBodyOrAnEndWithoutAHeadIsMalformed() {
    begin()
    #expect(state.bodyReceived(1) == .fail(.malformedResponse))
    self.state = HTTPConnectionState(maxHeaderBytes: 1000, maxBodyBytes: 100)
    begin()
    #expect(state.endReceived() == .fail(.malformedResponse))
  }

  @Test mutating func theBodyIsLimitedAsAnnouncedAndAsReceived() {
    begin()
    #expect(head(length: 101) == .fail(.bodyTooLarge))
    state = HTTPConnectionState(maxHeaderBytes: 1000, maxBodyBytes: 100)
    begin()
    #expect(head(length: 100) == .proceed)
    #expect(state.bodyReceived(60) == .proceed)
    #expect(state.bodyReceived(40) == .proceed)
    #expect(state.bodyReceived(1) == .fail(.bodyTooLarge))
    #expect(state.bodyReceived(.max) == .ignore)
  }

  @Test mutating func aHeadThatDoesNotEndIsTooLarge() {
    begin()
    #expect(state.bytesReceived(1000 + 16 * 1024 + 1) == .proceed)
    #expect(state.bytesReceived(1) == .fail(.headersTooLarge))
  }

  @Test mutating func bytesOnAnIdleConnectionCloseIt() {
    #expect(state.bytesReceived(1) == .close)
    #expect(state.bytesReceived(1) == .ignore)
    state = HTTPConnectionState(maxHeaderBytes: 1000, maxBodyBytes: 100)
    exchange()
    #expect(state.bytesReceived(1) == .close)
  }

  @Test mutating func bytesBehindAResponseEndTheConnectionButNotTheResponse() {
    begin()
    _ = head(length: 0)
    _ = state.endReceived()
    #expect(state.bytesReceived(1) == .ignore)
    #expect(state.readCompleted(isAtBoundary: true) == .finish(reuse: false))
    #expect(state.isClosed)
  }

  @Test mutating func halfAResponseBehindAResponseEndsTheConnection() {
    begin()
    _ = head(length: 0)
    _ = state.endReceived()
    #expect(state.readCompleted(isAtBoundary: false) == .finish(reuse: false))
  }

  @Test mutating func anErrorBehindAResponseEndsTheConnectionButNotTheResponse() {
    begin()
    _ = head(length: 0)
    _ = state.endReceived()
    #expect(state.errorCaught(.malformedResponse) == .finish(reuse: false))
    #expect(state.readCompleted(isAtBoundary: true) == .ignore)
  }

  @Test mutating func aFreshConnectionThatDiesIsAReset() {
    begin()
    #expect(state.connectionClosed() == .fail(.reset(responseStarted: false)))
  }

  @Test mutating func aReusedConnectionThatDiesBeforeTheFirstByteHasTheRequestSentAgain() {
    exchange()
    begin()
    #expect(state.connectionClosed() == .resend)
    state = HTTPConnectionState(maxHeaderBytes: 1000, maxBodyBytes: 100)
    exchange()
    begin()
    #expect(state.errorCaught(.reset(responseStarted: false)) == .resend)
    #expect(state.connectionClosed() == .ignore)
  }

  @Test mutating func aReusedConnectionThatDiesAfterTheFirstByteDoesNot() {
    exchange()
    begin()
    _ = state.bytesReceived(1)
    #expect(state.errorCaught(.reset(responseStarted: false)) == .fail(.reset(responseStarted: true)))
    state = HTTPConnectionState(maxHeaderBytes: 1000, maxBodyBytes: 100)
    exchange()
    begin()
    _ = state.bytesReceived(1)
    #expect(state.connectionClosed() == .fail(.truncated))
  }

  @Test mutating func aBodyThatEndsEarlyIsTruncated() {
    begin()
    _ = head(length: 5)
    _ = state.bodyReceived(1)
    #expect(state.errorCaught(.truncated) == .fail(.truncated))
  }

  @Test mutating func aDecodingErrorOfNoBodyIsNone() {
    begin(isHead: true)
    _ = head()
    #expect(state.errorCaught(.badEncoding) == .ignore)
    state = HTTPConnectionState(maxHeaderBytes: 1000, maxBodyBytes: 100)
    begin()
    _ = head()
    #expect(state.errorCaught(.badEncoding) == .fail(.badEncoding))
  }

  @Test mutating func givingUpClosesOnceAtAnyPoint() {
    let points: [(inout HTTPConnectionState) -> Void] = [
      { _ in },
      { _ = $0.bytesReceived(1) },
      { _ = $0.headReceived(status: 200, contentLength: 5, keepsAlive: true) },
      { _ = $0.endReceived() },
    ]
    for last in points.indices {
      for (giveUp, error) in [(true, TransportError.cancelled), (false, .timeout)] {
        state = HTTPConnectionState(maxHeaderBytes: 1000, maxBodyBytes: 100)
        begin()
        for point in points[...last] { point(&state) }
        #expect((giveUp ? state.cancelled() : state.timedOut()) == .fail(error))
        #expect(state.cancelled() == .ignore)
        #expect(state.connectionClosed() == .ignore)
      }
    }
  }

  @Test mutating func givingUpAnIdleConnectionIsNothing() {
    #expect(state.cancelled() == .ignore)
    #expect(state.timedOut() == .ignore)
    #expect(state.isIdle)
  }

  @Test mutating func shuttingDownFailsWhatIsUnderWay() {
    begin()
    #expect(state.shutDown() == .fail(.shutDown))
    #expect(state.shutDown() == .ignore)
  }

  /// 20,000 random events, wanted or not: each exchange ends exactly once, and a closed connection stays closed.
  @Test(arguments: 0..<20) func anyEventsEndEachExchangeExactlyOnce(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var state = HTTPConnectionState(maxHeaderBytes: 200, maxBodyBytes: 200)
    var isOpen = false
    for _ in 0..<1000 {
      let wasClosed = state.isClosed
      let event = Int.random(in: 0..<12, using: &random)
      let action = Self.tell(&state, event, &random)
      if wasClosed { hold(state.isClosed && (action == nil || action == .ignore || action == .resend && event == 0)) }
      switch action {
      case .proceed where event == 0: isOpen = true
      case .finish(let reuse):
        hold(isOpen && state.isIdle == reuse && state.isClosed == !reuse)
        isOpen = false
      case .fail:
        hold(isOpen && state.isClosed)
        isOpen = false
      case .resend where event != 0:
        hold(isOpen && state.isClosed)
        isOpen = false
      case .close: hold(!isOpen && state.isClosed)
      default: break
      }
      hold(isOpen == !(state.isIdle || state.isClosed))
      if state.isClosed, Bool.random(using: &random) { state = HTTPConnectionState(maxHeaderBytes: 200, maxBodyBytes: 200) }
    }
  }

  private static func tell(
    _ state: inout HTTPConnectionState, _ event: Int, _ random: inout SeededGenerator
  ) -> HTTPConnectionState.Action? {
    switch event {
    case 0: return state.requestStarted(isHead: .random(using: &random))
    case 1:
      state.requestWritten()
      return nil
    case 2, 3: return state.bytesReceived(.random(in: 1..<100, using: &random))
    case 4, 5:
      let status = [100, 101, 200, 200, 200, 204, 503, 999].randomElement(using: &random) ?? 200
      let length = [nil, 0, 50, 500].randomElement(using: &random) ?? nil
      return state.headReceived(status: status, contentLength: length, keepsAlive: true)
    case 6: return state.bodyReceived(.random(in: 0..<150, using: &random))
    case 7, 8: return state.endReceived()
    case 9: return state.readCompleted(isAtBoundary: Int.random(in: 0..<4, using: &random) > 0)
    case 10: return [true, false, false].randomElement(using: &random) == true ? state.connectionClosed() : state.cancelled()
    default:
      let errors: [TransportError] = [.reset(responseStarted: false), .truncated, .malformedResponse, .badEncoding]
      return state.errorCaught(errors.randomElement(using: &random) ?? .truncated)
    }
  }
}
