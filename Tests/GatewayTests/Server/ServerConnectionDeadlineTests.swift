import NIOCore
import NIOHTTP1
import Testing

@testable import Gateway

/// Every wait for the client has an end, counted for the whole of it.
@Suite struct ServerConnectionDeadlineTests {
  private let limits = EdgeLimits()

  @Test func aConnectionThatSendsNothingIsClosed() {
    var scene = Scene()
    #expect(scene.state.deadline == scene.now + limits.headTimeout)
    #expect(scene.deadlinePasses() == .close)
  }

  @Test func nothingHappensBeforeTheDeadline() {
    var scene = Scene()
    #expect(scene.state.deadlinePassed(at: scene.now + limits.headTimeout - .nanoseconds(1)) == .none)
  }

  @Test func aHeadIsGivenItsTimeAsAWholeFromTheOpening() {
    var scene = Scene()
    let opened = scene.now
    for _ in 0..<9 {
      scene.pass(.seconds(1))
      #expect(scene.bytes() == .parse)
      #expect(scene.state.readCompleted(at: scene.now) == .none)
    }
    #expect(scene.state.deadline == opened + limits.headTimeout)
    #expect(scene.deadlinePasses().refusal == 408)
    #expect(scene.answer() == .closeOutput)
  }

  @Test func onAKeptConnectionTheTimeBeginsWithTheFirstByte() {
    var scene = Scene()
    _ = scene.receive(.get())
    _ = scene.answer()
    #expect(scene.state.deadline == scene.now + limits.idleTimeout)
    scene.pass(.seconds(50))
    let begun = scene.now
    _ = scene.bytes()
    scene.pass(.seconds(5))
    _ = scene.bytes()
    #expect(scene.state.deadline == begun + limits.headTimeout)
    #expect(scene.deadlinePasses().refusal == 408)
  }

  @Test func aKeptConnectionWithoutARequestIsClosedWithoutAWord() {
    var scene = Scene()
    _ = scene.receive(.get())
    _ = scene.answer()
    #expect(scene.state.bytesReceived(isBlank: true, at: scene.now) == .parse)
    #expect(scene.state.deadline == scene.now + limits.idleTimeout, "line ends are no request")
    #expect(scene.deadlinePasses() == .close)
  }

  @Test func aBodyIsGivenItsTimeAsAWholeFromTheHead() {
    var scene = Scene()
    _ = scene.bytes()
    scene.state.headReceived(.post("/p", ["Content-Length": "100"]))
    _ = scene.state.readCompleted(at: scene.now)
    let begun = scene.now
    for _ in 0..<20 {
      scene.pass(.seconds(1))
      _ = scene.bytes()
      scene.state.bodyReceived(ByteBuffer(string: "x"))
      #expect(scene.state.readCompleted(at: scene.now) == .none)
    }
    #expect(scene.state.deadline == begun + limits.bodyTimeout)
    let late = scene.deadlinePasses()
    #expect(late.refusal == 408)
    #expect(late.path == "/p")
  }

  @Test func aHandlerHasNoDeadlineHere() {
    var scene = Scene()
    _ = scene.receive(.get())
    #expect(scene.state.deadline == .distantFuture)
  }

  @Test func anAnswerThatIsNotTakenIsCut() {
    var scene = Scene()
    _ = scene.receive(.get())
    _ = scene.state.answerBegan(isDraining: false, isStream: false, at: scene.now)
    let begun = scene.now
    scene.pass(.seconds(7))
    scene.state.answerEnded(closesToEnd: false, at: scene.now)
    #expect(scene.state.deadline == begun + limits.writeTimeout)
    #expect(scene.deadlinePasses() == .abort)
  }

  @Test func aStreamIsCutOnlyWhereItStops() {
    var scene = Scene()
    _ = scene.receive(.get())
    _ = scene.state.answerBegan(isDraining: false, isStream: true, at: scene.now)
    #expect(scene.state.deadline == .distantFuture)
    scene.state.answerStalled(at: scene.now)
    #expect(scene.state.deadline == scene.now + limits.writeTimeout)
    scene.state.streamResumed()
    #expect(scene.state.deadline == .distantFuture)
    scene.state.answerEnded(closesToEnd: true, at: scene.now)
    #expect(scene.state.deadline == scene.now + limits.writeTimeout)
    scene.state.streamResumed()
    #expect(scene.deadlinePasses() == .abort)
  }

  @Test func theLastWordIsGivenTimeToBeRead() {
    var scene = Scene()
    _ = scene.receive(.get("/", ["Connection": "close"]))
    #expect(scene.answer() == .closeOutput)
    #expect(scene.state.deadline == scene.now + limits.lingerTimeout)
    #expect(scene.deadlinePasses() == .close)
  }

  @Test func aRequestThatCameInPartDuringAnAnswerHasItsTimeAfterIt() {
    var scene = Scene()
    _ = scene.receive(.get())
    _ = scene.bytes()
    scene.pass(.seconds(20))
    #expect(scene.answer() == .none)
    #expect(scene.state.deadline == scene.now + limits.headTimeout)
    #expect(scene.deadlinePasses().refusal == 408)
  }
}
