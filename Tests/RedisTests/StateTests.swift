import NIOCore
import RedisTestSupport
import Resilience
import Settings
import Testing

@testable import Redis

@Suite struct HandshakeTests {
  private func texts(_ handshake: RedisHandshake) -> [String] {
    handshake.commands.map {
      String(buffer: $0.bytes).split(separator: "\r\n").filter { !"*$".contains($0.prefix(1)) }.joined(separator: " ")
    }
  }

  @Test func everythingIsSaidAtOnceInOrder() {
    #expect(texts(RedisHandshake()) == ["PING"])
    let full = RedisHandshake(user: "u", password: Secret("p"), database: 3, clientName: "n")
    #expect(texts(full) == ["AUTH u p", "SELECT 3", "CLIENT SETNAME n", "PING"])
    #expect(texts(RedisHandshake(password: Secret("p"))) == ["AUTH p", "PING"])
  }

  private func outcome(_ replies: RedisReply...) -> [RedisHandshake.Progress] {
    var handshake = RedisHandshake(password: Secret("p"), database: 3, clientName: "n")
    return replies.map { handshake.received($0) }
  }

  private func error(_ text: String) -> RedisReply { .error(RedisErrorReply(text)) }

  @Test func itIsOverWithTheLastGoodReply() {
    #expect(outcome(.ok, .ok, .ok, .status("PONG")) == [.goOn, .goOn, .goOn, .done])
    #expect(outcome(.ok, .ok, .ok, .status("PONG"), .ok).last == .fail(.protocolViolation))
  }

  @Test func eachStepFailsInItsOwnWay() {
    #expect(outcome(error("WRONGPASS no")) == [.fail(.authentication)])
    #expect(outcome(error("ERR AUTH called without any password configured")) == [.fail(.authentication)])
    #expect(outcome(.ok, error("ERR DB index is out of range")).last == .fail(.serverError(code: "ERR")))
    #expect(outcome(.ok, .ok, error("NOAUTH x")).last == .fail(.authentication))
    #expect(outcome(.ok, .ok, error("NOPERM x")).last == .goOn)
    #expect(outcome(.ok, .ok, error("ERR unknown command")).last == .goOn)
    #expect(outcome(.ok, .ok, .ok, error("LOADING x")).last == .fail(.serverError(code: "LOADING")))
    #expect(outcome(.ok, .ok, .ok, error("NOPERM x")).last == .done)
    #expect(outcome(.integer(1)) == [.fail(.protocolViolation)])
  }
}

@Suite struct NodeStateTests {
  private let start = Instant(nanoseconds: 0)
  private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

  private func ready() -> RedisNodeState {
    var state = RedisNodeState()
    #expect(state.called(at: start) == .wait(connect: true))
    #expect(state.called(at: start) == .wait(connect: false))
    #expect(state.connected() == true)
    return state
  }

  @Test func theFirstCommandsWaitForTheConnection() {
    var state = ready()
    #expect(state.called(at: start) == .send(.closed(at: start)))
    #expect(state.connected() == false)
  }

  @Test func whileItConnectsAgainNobodyWaits() {
    var state = ready()
    #expect(state.disconnected(.unavailable, chance: 1) == .milliseconds(50))
    #expect(state.called(at: start) == .refuse(.unavailable))
    #expect(state.lastError == .unavailable)
    #expect(state.backoffEnded() == true)
    #expect(state.backoffEnded() == false)
    #expect(state.called(at: start) == .refuse(.unavailable))
    #expect(state.connected() == true)
    #expect(state.called(at: start) == .send(.closed(at: start)))
  }

  @Test func theWaitDoublesUpToTwoSecondsAndBeginsAnewAfterAReply() {
    var state = ready()
    var waits: [Duration?] = []
    for _ in 0..<8 {
      waits.append(state.disconnected(.timeout, chance: 1))
      #expect(state.disconnected(.timeout, chance: 1) == nil)
      _ = state.backoffEnded()
    }
    #expect(waits == [50, 100, 200, 400, 800, 1600, 2000, 2000].map { .milliseconds($0) })
    #expect(state.connected() == true)
    #expect(state.disconnected(.timeout, chance: 0.5) == .seconds(1))
    _ = (state.backoffEnded(), state.connected())
    state.ended(.closed(at: start), .success(.null), at: start, chance: 0)
    #expect(state.disconnected(.timeout, chance: 1) == .milliseconds(50))
  }

  @Test func fiveTimeoutsInARowOpenTheBreakerForASecond() {
    var state = ready()
    for _ in 0..<5 {
      #expect(state.called(at: start) == .send(.closed(at: start)))
      state.ended(.closed(at: start), .failure(.timeout), at: start, chance: 0.5)
    }
    #expect(state.called(at: at(999)) == .refuse(.unavailable))
    for _ in 0..<3 { #expect(state.called(at: at(1000)) == .send(.probe(generation: 1))) }
    #expect(state.called(at: at(1000)) == .refuse(.unavailable))
    for _ in 0..<3 { state.ended(.probe(generation: 1), .success(.ok), at: at(1001), chance: 0) }
    #expect(state.circuit == .closed)
  }

  @Test func aServerThatAnswersWithErrorsIsAlive() {
    var state = ready()
    let errors: [RedisError] = [
      .readOnly, .outOfMemory, .serverError(code: "ERR"), .authentication, .cancelled, .overloaded, .shutDown,
    ]
    for error in errors + errors + errors { state.ended(.closed(at: start), .failure(error), at: start, chance: 0) }
    #expect(state.circuit == .closed)
    for _ in 0..<5 { state.ended(.none, .failure(.timeout), at: start, chance: 0) }
    #expect(state.circuit == .closed)
  }

  @Test func aRetiredConnectionIsReplacedAtOnce() {
    var state = ready()
    #expect(state.retired() == true)
    #expect(state.retired() == false)
    #expect(state.called(at: start) == .wait(connect: false))
  }

  @Test func afterTheShutDownNothingHappens() {
    var state = ready()
    state.shutDown()
    #expect(state.called(at: start) == .refuse(.shutDown))
    #expect(state.connected() == false)
    #expect(state.warmed() == false)
    #expect(state.backoffEnded() == false)
    #expect(state.retired() == false)
    #expect(state.disconnected(.unavailable, chance: 0) == nil)
  }
}

@Suite struct SlotMapTests {
  private let origin = RedisEndpoint.tcp(host: "10.0.0.1", port: 7000)

  private func range(_ first: Int64, _ last: Int64, _ host: RedisReply, _ port: Int64) -> RedisReply {
    .array([
      .integer(first), .integer(last), .array([host, .integer(port), .text("id"), .array([])]),
      .array([.text("replica"), .integer(1)]),
    ])
  }

  @Test func slotsBelongToTheMastersOfTheirRanges() throws {
    let reply = RedisReply.array([range(0, 99, .text("a"), 1), range(100, 16_383, .text("b"), 2), range(50, 50, .text(""), 3)])
    var map = try #require(RedisSlotMap(reply, from: origin))
    #expect(map[0] == .tcp(host: "a", port: 1) && map[99] == .tcp(host: "a", port: 1))
    #expect(map[100] == .tcp(host: "b", port: 2) && map[16_383] == .tcp(host: "b", port: 2))
    #expect(map[50] == .tcp(host: "10.0.0.1", port: 3))
    #expect(map.endpoints.count == 3)
    map.assign(7, to: .tcp(host: "c", port: 4))
    #expect(map[7] == .tcp(host: "c", port: 4) && map[8] == .tcp(host: "a", port: 1))
  }

  /// As many ranges as a reply may have, each over all slots: 67 million assignments, on an event loop.
  @Test func rangesThatOverlapManyTimesAreNoMap() {
    let ranges = (0..<4096).map { range(0, 16_383, .text("host\($0)"), 1) }
    #expect(RedisSlotMap(.array(ranges), from: origin) == nil)
    #expect(RedisSlotMap(.array(Array(ranges.prefix(2))), from: origin) != nil)
  }

  @Test func whatIsNoMapIsNone() {
    let bad: [RedisReply] = [
      .null, .array([]), .integer(1), .array([.null]), .array([.array([.integer(0), .integer(1)])]),
      .array([range(-1, 5, .text("a"), 1)]), .array([range(5, 4, .text("a"), 1)]), .array([range(0, 16_384, .text("a"), 1)]),
      .array([range(0, .max, .text("a"), 1)]), .array([range(.min, .max, .text("a"), 1)]), .array([range(0, 1, .text("a"), 0)]),
      .array([range(0, 1, .text("a"), .max)]), .array([range(0, 1, .integer(1), 1)]),
      .array([range(0, 1, .text(String(repeating: "a", count: 254)), 1)]),
      .array([.array([.integer(0), .integer(1), .array([.text("a")])])]),
    ]
    for reply in bad { #expect(RedisSlotMap(reply, from: origin) == nil, "\(reply)") }
    #expect(RedisSlotMap()[16_383] == nil && RedisSlotMap()[.max] == nil)
  }

  @Test func noMoreThanAThousandMastersAreKept() {
    var map = RedisSlotMap()
    for port in 1...2000 { map.assign(UInt16(port), to: .tcp(host: "a", port: port)) }
    #expect(map.endpoints.count == RedisSlotMap.maxEndpoints)
    #expect(map[1024] != nil && map[1025] == nil)
  }
}

@Suite struct SubscriptionStateTests {
  private func state() -> RedisSubscriptionState { RedisSubscriptionState(channels: ["a", "b"], maxMessageBytes: 10) }
  private func words(_ words: RedisReply...) -> RedisReply { .array(words) }
  private func subscribed(_ channel: String) -> RedisReply { words(.text("subscribe"), .text(channel), .integer(1)) }

  private func live() -> RedisSubscriptionState {
    var state = state()
    #expect(state.received(subscribed("a")) == .none)
    #expect(state.received(subscribed("b")) == .live)
    return state
  }

  @Test func itIsLiveWithItsLastChannel() {
    var state = live()
    let message = words(.text("message"), .text("a"), .text("hello"))
    #expect(state.received(message) == .deliver(channel: "a", message: ByteBuffer(string: "hello")))
    #expect(state.received(subscribed("a")) == .close(.protocolViolation))
  }

  @Test func aBeatWithoutAnswerIsTheEnd() {
    var early = state()
    #expect(early.beat() == .close(.timeout))
    var state = live()
    #expect(state.beat() == .ping)
    #expect(state.received(words(.text("pong"), .text(""))) == .none)
    #expect(state.beat() == .ping)
    #expect(state.beat() == .close(.timeout))
  }

  @Test func whatIsNoMessageClosesTheConnection() {
    let bad: [RedisReply] = [
      .ok, .null, .integer(1), .text("message"), words(), words(.integer(1)), words(.text("message")),
      words(.text("message"), .text("a")), words(.text("message"), .text("a"), .integer(1)), words(.text("pong"), .text("")),
      words(.text("message"), .text("a"), .text("hello world")), words(.text("subscribe"), .text("c"), .integer(1)),
      words(.text("other"), .text("a"), .text("b")),
    ]
    for reply in bad {
      var state = live()
      #expect(state.received(reply) == .close(.protocolViolation), "\(reply)")
    }
    var state = state()
    #expect(state.received(.error(RedisErrorReply("NOPERM x"))) == .close(.serverError(code: "NOPERM")))
  }
}
