import HTTPTypes
import NIOCore
import NIOHTTP1
import Testing

@testable import Gateway

@Suite struct ServerConnectionStateTests {
  @Test func aRequestIsStartedWhenItIsWholeAndItsReadIsOver() {
    var scene = Scene()
    #expect(scene.bytes() == .parse)
    scene.state.headReceived(.get("/a"))
    #expect(scene.state.readCompleted(at: scene.now) == .none)
    scene.state.endReceived()
    #expect(scene.state.readCompleted(at: scene.now).path == "/a")
  }

  @Test func requestsOfOneReadAreAnsweredInOrderOneAtATime() {
    var scene = Scene()
    #expect(scene.receive(.get("/1"), .get("/2"), .get("/3")).path == "/1")
    #expect(scene.state.readCompleted(at: scene.now) == .none)
    #expect(!scene.state.wantsRead, "what waits is enough")
    #expect(scene.bytes() == .hold)
    #expect(scene.answer().path == "/2")
    #expect(scene.answer().path == "/3")
    #expect(scene.state.wantsRead)
    #expect(scene.answer() == .none)
    #expect(scene.state.isIdle)
  }

  @Test func aConnectionIsReadWhileItsOnlyRequestIsAnswered() {
    var scene = Scene()
    _ = scene.receive(.get())
    #expect(scene.state.wantsRead, "or nobody would see the client leave")
    #expect(scene.receive(.get("/2")) == .none)
    #expect(!scene.state.wantsRead)
    #expect(scene.answer().path == "/2")
  }

  @Test func nothingFollowsAnAnswerWithClose() {
    var scene = Scene()
    _ = scene.receive(.get("/", ["Connection": "close"]), .get("/2"))
    #expect(scene.answer() == .closeOutput)
    #expect(scene.bytes() == .discard)
    #expect(scene.state.readCompleted(at: scene.now) == .none)
    #expect(scene.state.inputClosed(at: scene.now) == .close)
  }

  @Test func anOldClientMustAskToBeKept() {
    var scene = Scene()
    _ = scene.receive(.get("/", version: .http1_0))
    #expect(scene.answer() == .closeOutput)
    scene = Scene()
    _ = scene.receive(.get("/", version: .http1_0, ["Connection": "keep-alive"]))
    #expect(scene.answer() == .none)
  }

  @Test func aClientThatAsksForAnotherProtocolIsAnsweredAndLetGo() {
    var scene = Scene()
    _ = scene.receive(.get("/", ["Connection": "Upgrade", "Upgrade": "h2c"]))
    #expect(scene.answer() == .closeOutput, "the parser reads nothing after such a request")
  }

  @Test func anAnswerThatIsNotTakenHoldsTheNextOneBack() {
    var scene = Scene()
    _ = scene.receive(.get("/1"), .get("/2"))
    _ = scene.state.answerBegan(isDraining: false, isStream: false, at: scene.now)
    #expect(scene.state.answerTaken(at: scene.now) == .none, "it has not ended")
    scene.state.answerEnded(closesToEnd: false, at: scene.now)
    #expect(scene.state.answerTaken(at: scene.now).path == "/2")
  }

  @Test func aRefusalIsAnsweredInItsTurnAndEndsTheConnection() {
    var scene = Scene()
    _ = scene.bytes()
    scene.state.headReceived(.get("/1"))
    scene.state.endReceived()
    scene.state.parsingFailed(.badRequest("no"))
    scene.state.parsingFailed(.badRequest("again"))
    #expect(scene.state.readCompleted(at: scene.now).path == "/1")
    #expect(scene.bytes() == .discard)
    #expect(scene.answer().refusal == 400)
    #expect(scene.answer() == .closeOutput)
  }

  @Test func aClientThatWaitsIsToldToContinueOnceAndInItsTurn() {
    var scene = Scene()
    let post = HTTPRequestHead.post("/p", ["Content-Length": "2", "Expect": "100-continue"])
    _ = scene.receive(.get())
    _ = scene.bytes()
    scene.state.headReceived(post)
    #expect(scene.state.readCompleted(at: scene.now) == .none, "an answer is under way")
    #expect(scene.answer() == .sendContinue)
    #expect(scene.state.readCompleted(at: scene.now) == .none)
    scene.state.bodyReceived(ByteBuffer(string: "hi"))
    scene.state.endReceived()
    #expect(scene.state.readCompleted(at: scene.now).started?.body == ByteBuffer(string: "hi"))
  }

  @Test func aClientThatDoesNotWaitIsNotTold() {
    var scene = Scene()
    _ = scene.bytes()
    scene.state.headReceived(.post("/p", ["Content-Length": "4", "Expect": "100-continue"]))
    scene.state.bodyReceived(ByteBuffer(string: "hi"))
    #expect(scene.state.readCompleted(at: scene.now) == .none)
  }

  @Test func aHalfClosedClientGetsItsAnswers() {
    var scene = Scene()
    _ = scene.receive(.get("/1"), .get("/2"))
    #expect(scene.state.inputClosed(at: scene.now) == .none)
    #expect(scene.answer().path == "/2")
    #expect(scene.answer() == .close)
  }

  @Test func anIdleConnectionThatIsHalfClosedIsClosed() {
    var scene = Scene()
    #expect(scene.state.inputClosed(at: scene.now) == .close)
  }

  @Test func aHalfClosedClientIsProbedTwiceAtMostAndNotOnceItsAnswerHasBegun() {
    var scene = Scene()
    _ = scene.receive(.get())
    #expect(!scene.state.wantsProbe)
    #expect(scene.state.probeDue() == .none)
    _ = scene.state.inputClosed(at: scene.now)
    #expect(scene.state.wantsProbe)
    #expect([scene.state.probeDue(), scene.state.probeDue(), scene.state.probeDue()] == [.sendContinue, .sendContinue, .none])
    scene = Scene()
    _ = scene.receive(.get())
    _ = scene.state.inputClosed(at: scene.now)
    _ = scene.state.answerBegan(isDraining: false, isStream: true, at: scene.now)
    #expect(!scene.state.wantsProbe)
    #expect(scene.state.probeDue() == .none)
  }

  @Test func anOldClientIsNotAskedItHasLeft() {
    var scene = Scene()
    _ = scene.receive(.get("/", version: .http1_0, ["Connection": "keep-alive"]))
    #expect(scene.state.inputClosed(at: scene.now) == .abort)
    #expect(!scene.state.wantsProbe && scene.state.probeDue() == .none)
    scene = Scene()
    _ = scene.receive(.get("/", version: .http1_0), .get("/2"))
    #expect(scene.state.endSeen() == .abort, "also where the end stands behind what is held")
  }

  @Test func anOldClientGetsAnAnswerThatHasBegunAndNoOther() {
    var scene = Scene()
    let request = HTTPRequestHead.get("/", version: .http1_0, ["Connection": "keep-alive"])
    _ = scene.receive(request, request)
    _ = scene.state.answerBegan(isDraining: false, isStream: false, at: scene.now)
    #expect(scene.state.inputClosed(at: scene.now) == .none)
    #expect(scene.answer() == .close)
  }

  /// Of two requests in one read the second may have come in part.
  @Test func whatBeginsBehindAnAnswerHasTheTimeOfAHead() {
    var scene = Scene()
    _ = scene.bytes()
    scene.state.headReceived(.get("/1"))
    scene.state.endReceived()
    scene.state.requestBegun(asksForHead: true)
    _ = scene.state.readCompleted(at: scene.now)
    #expect(scene.answer() == .none)
    #expect(scene.state.deadline == scene.now + scene.limits.headTimeout)
    let late = scene.deadlinePasses()
    #expect(late.refusal == 408 && late.started?.request.method == .head)
  }

  @Test func aClientThatIsGoneHasItsRequestCancelled() {
    var scene = Scene()
    _ = scene.receive(.get("/1"), .get("/2"))
    #expect(scene.state.connectionClosed() == .abort)
    #expect(scene.state.isClosed)
    #expect(scene.answer() == .none)
    #expect(scene.state.connectionClosed() == .none)
  }

  @Test func anAnswerThatFailsCutsTheConnection() {
    var scene = Scene()
    _ = scene.receive(.get("/1"), .get("/2"))
    #expect(scene.state.answerFailed() == .abort)
    #expect(scene.state.answerFailed() == .none)
  }

  @Test(arguments: ["/", "/livez", "/livez?a=b"]) func aProbeIsAnsweredOnAConnectionTooMany(path: String) {
    var scene = Scene(isOverCapacity: true)
    #expect(scene.receive(.get(path)).started?.refusal == nil)
    #expect(scene.answer() == .closeOutput)
  }

  @Test func anyOtherRequestIsRefusedThere() {
    var scene = Scene(isOverCapacity: true)
    #expect(scene.receive(.get("/api")).refusal == 503)
    #expect(scene.answer() == .closeOutput)
  }

  @Test func whileDrainingEveryAnswerIsTheLast() {
    var scene = Scene()
    _ = scene.receive(.get("/1"), .get("/2"))
    #expect(scene.answer(isDraining: true) == .closeOutput)
  }

  @Test func aServerThatEndsClosesWhatIsIdleAndFinishesWhatIsNot() {
    var scene = Scene()
    #expect(scene.state.quiesced() == .close)
    scene = Scene()
    _ = scene.receive(.get("/1"))
    #expect(scene.state.quiesced() == .none)
    #expect(scene.answer() == .closeOutput)
    scene = Scene()
    _ = scene.bytes()
    #expect(scene.state.quiesced() == .none, "a request has begun")
    #expect(scene.receive(.get("/1")).path == "/1")
    #expect(scene.answer() == .closeOutput)
    #expect(scene.state.shutDown() == .abort)
  }

  /// After a request that asks for another protocol the parser takes nothing any more: what came would only gather.
  @Test func nothingIsReadBehindTheLastRequest() {
    var scene = Scene()
    let last = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/", headers: ["host": "a", "connection": "close"])
    guard case .start = scene.receive(last) else {
      Issue.record("not started")
      return
    }
    #expect(!scene.state.wantsRead)
    #expect(scene.bytes() == .discard)
    #expect(scene.answer() == .closeOutput)
  }
}
