import HTTPTypes
import NIOCore
import NIOHPACK
import NIOHTTP2
import Testing

@testable import Gateway

/// The rules of a connection of HTTP/2, without a socket.
@Suite struct HTTP2ConnectionStateTests {
  typealias Action = HTTP2ConnectionState.Action

  static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

  private static func head(_ fields: [(String, String)] = []) -> RequestHead {
    RequestHead(
      HPACKHeaders([(":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", "a")] + fields), limits: EdgeLimits()
    )
  }

  private static func state(isOverCapacity: Bool = false) -> HTTP2ConnectionState {
    HTTP2ConnectionState(limits: EdgeLimits(), isOverCapacity: isOverCapacity, probePaths: ["/livez"], openedAt: start)
  }

  /// One request under way.
  private static func busy() -> HTTP2ConnectionState {
    var state = state()
    _ = state.headReceived(1, head(), isWhole: true, at: start)
    _ = state.readCompleted()
    return state
  }

  @Test func aRequestIsStartedWhenTheReadIsOver() {
    var state = Self.state()
    #expect(state.headReceived(1, Self.head(), isWhole: true, at: Self.start) == [])
    #expect(state.readCompleted() == [.start(1, Self.head().incoming)])
    #expect(state.readCompleted() == [])
  }

  @Test func aRequestThatWasTakenBackIsNotStarted() {
    var state = Self.state()
    _ = state.headReceived(1, Self.head(), isWhole: true, at: Self.start)
    #expect(state.streamClosed(1, isReset: true, at: Self.start) == [.drop(1)])
    #expect(state.readCompleted() == [])
  }

  @Test func anAnswerThatWasTakenFreesItsStream() {
    var state = Self.busy()
    state.answerBegan(1, isStream: false, at: Self.start)
    state.answerEnded(1, at: Self.start)
    #expect(state.streamClosed(1, isReset: false, at: Self.start) == [], "the socket has not taken it yet")
    #expect(state.answerTaken(1, at: Self.start) == [.drop(1)])
    #expect(!state.knows(1))
    #expect(state.deadlinePassed(at: Self.start + .seconds(59), isWritable: true) == [])
    #expect(state.deadlinePassed(at: Self.start + .seconds(60), isWritable: true) == [.goAway(1), .closeOutput])
    #expect(state.deadlinePassed(at: Self.start + .seconds(61), isWritable: true) == [.close])
    #expect(state.connectionClosed() == [])
  }

  @Test func anAnswerThatTheSocketDoesNotTakeEndsTheConnection() {
    var state = Self.busy()
    state.answerBegan(1, isStream: false, at: Self.start)
    state.answerEnded(1, at: Self.start)
    _ = state.streamClosed(1, isReset: false, at: Self.start)
    #expect(state.deadlinePassed(at: Self.start + .seconds(29), isWritable: true) == [])
    #expect(state.deadlinePassed(at: Self.start + .seconds(30), isWritable: true) == [.drop(1), .abort])
  }

  @Test func aStreamThatIsNotTakenEndsAloneUnlessTheSocketTakesNothing() {
    var state = Self.busy()
    state.answerBegan(1, isStream: false, at: Self.start)
    var other = state
    #expect(state.deadlinePassed(at: Self.start + .seconds(30), isWritable: true) == [.reset(1, .cancel)])
    #expect(other.deadlinePassed(at: Self.start + .seconds(30), isWritable: false) == [.drop(1), .abort])
  }

  @Test func aRouteMayTakeItsTime() {
    var state = Self.busy()
    #expect(state.deadlinePassed(at: Self.start + .hours(1), isWritable: true) == [])
  }

  @Test func onlyAStopOfAStreamIsTimed() {
    var state = Self.busy()
    state.answerBegan(1, isStream: true, at: Self.start)
    #expect(state.deadlinePassed(at: Self.start + .hours(1), isWritable: true) == [])
    state.answerStalled(1, at: Self.start)
    state.streamResumed(1)
    #expect(state.deadlinePassed(at: Self.start + .hours(1), isWritable: true) == [])
    state.answerStalled(1, at: Self.start)
    #expect(state.deadlinePassed(at: Self.start + .seconds(30), isWritable: true) == [.reset(1, .cancel)])
  }

  /// What one client keeps here of bodies that are not whole is bounded, whatever the number of its streams.
  @Test func aClientThatHasManyBodiesBegunWaits() {
    var state = Self.state()
    let part = ByteBuffer(repeating: 0, count: 60_000)
    for index in 0..<17 {
      let id = HTTP2StreamID(2 * index + 1)
      #expect(state.headReceived(id, Self.head(), isWhole: false, at: Self.start) == [])
      state.bodyReceived(id, part)
      state.windowChanged(to: 0)
      #expect(state.readCompleted() == [.credit(65_535)], "\(index)")
    }
    #expect(state.held == 1_020_000)
    _ = state.headReceived(101, Self.head(), isWhole: false, at: Self.start)
    state.bodyReceived(101, part)
    state.windowChanged(to: 0)
    #expect(state.readCompleted() == [], "no more before one is whole")
    state.endReceived(1)
    #expect(state.readCompleted().last == .credit(65_535))
    _ = state.connectionClosed()
    #expect(state.held == 0)
  }

  @Test func whatComesBehindARefusalIsThrownAway() {
    var state = Self.state()
    _ = state.headReceived(1, Self.head([("expect", "more")]), isWhole: false, at: Self.start)
    state.bodyReceived(1, ByteBuffer(repeating: 0, count: 60_000))
    #expect(state.held == 0)
    guard case .start(1, let request)? = state.readCompleted().first else {
      Issue.record("not started")
      return
    }
    #expect(request.refusal != nil && request.body.readableBytes == 0)
  }

  @Test func drainingIsSaidOnceAndClosesBehindTheLastAnswer() {
    var state = Self.busy()
    #expect(state.drainSeen() == [.goAway(1)])
    #expect(state.drainSeen() == [])
    #expect(state.quiesced(at: Self.start) == [])
    state.answerBegan(1, isStream: false, at: Self.start)
    state.answerEnded(1, at: Self.start)
    _ = state.streamClosed(1, isReset: false, at: Self.start)
    #expect(state.answerTaken(1, at: Self.start) == [.drop(1), .closeOutput])
    #expect(state.inputClosed() == [.close])
  }

  @Test func anIdleConnectionClosesWhenTheServerEnds() {
    var state = Self.state()
    #expect(state.quiesced(at: Self.start) == [.goAway(0), .closeOutput])
    #expect(state.headReceived(1, Self.head(), isWhole: true, at: Self.start) == [])
  }

  @Test func whoEndsTheInputHasLeft() {
    var state = Self.busy()
    #expect(state.inputClosed() == [.drop(1), .abort])
    var idle = Self.state()
    #expect(idle.inputClosed() == [.close])
  }

  @Test func whoIsOneTooManyIsToldSoAndAskedToGo() {
    var state = Self.state(isOverCapacity: true)
    #expect(state.headReceived(1, Self.head(), isWhole: true, at: Self.start) == [.goAway(1)])
    guard case .start(1, let request)? = state.readCompleted().first else {
      Issue.record("not started")
      return
    }
    #expect(request.refusal?.problem == .tooManyConnections)
  }
}
