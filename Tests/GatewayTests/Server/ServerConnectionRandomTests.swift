import HTTPTypes
import NIOCore
import NIOHTTP1
import Testing
import TestSupport

@testable import Gateway

/// Any events in any order: what must hold then.
@Suite struct ServerConnectionRandomTests {
  /// Plays a client and a responder by the dice, and checks each action against what has gone before.
  private struct Player {
    var scene: Scene
    var random: SeededGenerator
    var sent = 0
    var started = 0
    var isAnswering = false
    var hasBegun = false
    var hasEnded = false
    var hasPart = false
    var isLast = false
    var isOver = false
    var inputClosed = false

    init(seed: UInt64) {
      random = SeededGenerator(seed: seed)
      scene = Scene(isOverCapacity: seed % 7 == 0)
    }

    mutating func step() {
      scene.pass(.milliseconds(Int64(random.draw(0..<3000))))
      switch random.draw(0..<14) {
      case 0...4: if !inputClosed { read() }
      case 5...6: if isAnswering, !hasBegun { begin() }
      case 7...8: if hasBegun { end() }
      case 9...10: if hasEnded { check(scene.state.answerTaken(at: scene.now), isEnd: true) }
      case 11: check(scene.state.deadlinePassed(at: scene.now))
      case 12: check(scene.state.probeDue())
      default: rare()
      }
      let waits = !isOver && !isAnswering
      #expect(!waits || scene.state.deadline < .distantFuture, "every wait for the client has an end")
      #expect(!isAnswering || hasBegun || scene.state.deadline == .distantFuture, "a handler has none")
    }

    private mutating func rare() {
      switch random.draw(0..<6) {
      case 0:
        guard !inputClosed else { return }
        inputClosed = true
        if hasPart { scene.state.parsingFailed(.badRequest("cut")) }
        check(scene.state.inputClosed(at: scene.now))
      case 1: check(scene.state.quiesced())
      case 2 where random.once(in: 8): check(scene.state.connectionClosed())
      case 3 where random.once(in: 8): check(scene.state.answerFailed())
      case 4 where isAnswering: scene.state.answerStalled(at: scene.now)
      default: scene.state.streamResumed()
      }
    }

    private mutating func read() {
      let reading = scene.bytes()
      #expect(!isOver || reading == .discard)
      if reading == .parse {
        for _ in 0..<random.draw(1..<4) { part() }
      }
      check(scene.state.readCompleted(at: scene.now))
    }

    private mutating func part() {
      if hasPart {
        scene.state.bodyReceived(ByteBuffer(repeating: 1, count: random.draw(0..<40_000)))
        if random.once(in: 2) {
          scene.state.endReceived()
          hasPart = false
        }
      } else if random.once(in: 12) {
        scene.state.parsingFailed(.badRequest("nonsense"))
      } else {
        scene.state.headReceived(head())
        if random.once(in: 3) { hasPart = true } else { scene.state.endReceived() }
      }
    }

    private mutating func head() -> HTTPRequestHead {
      sent += 1
      let fields: [HTTPHeaders] = [[:], [:], ["Connection": "close"], ["Expect": "100-continue"], ["Content-Length": "9999999"]]
      return .post("/\(sent)", fields[random.draw(0..<fields.count)])
    }

    private mutating func begin() {
      let keepsAlive = scene.state.answerBegan(isDraining: random.once(in: 5), isStream: random.once(in: 2), at: scene.now)
      hasBegun = !isOver
      if !keepsAlive { isLast = true }
    }

    private mutating func end() {
      scene.state.answerEnded(closesToEnd: random.once(in: 6), at: scene.now)
      hasEnded = true
    }

    private mutating func check(_ action: ServerConnectionState.Action, isEnd: Bool = false) {
      if isEnd { (isAnswering, hasBegun, hasEnded) = (false, false, false) }
      #expect(!isOver || action == .none, "nothing is done after the end")
      switch action {
      case .start(let request):
        #expect(!isAnswering, "one at a time")
        #expect(!isLast, "nothing follows the last answer")
        isAnswering = true
        if let path = request.request.path, let number = Int(path.dropFirst()) {
          #expect(number > started, "in order")
          started = number
        }
      case .closeOutput:
        #expect(!isAnswering)
      case .close, .abort:
        isOver = true
        isAnswering = false
        #expect(scene.state.isClosed && !scene.state.wantsRead && scene.state.deadline == .distantFuture)
      case .sendContinue:
        #expect(!hasBegun, "an interim answer does not come into the middle of another")
      case .none:
        break
      }
    }
  }

  @Test func whateverHappensItHolds() {
    var ends = 0
    for seed in 0..<3000 {
      var player = Player(seed: UInt64(seed))
      for _ in 0..<60 { player.step() }
      if player.isOver { ends += 1 }
    }
    #expect(ends > 1000, "\(ends) came to an end")
  }
}
