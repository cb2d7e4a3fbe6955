import NIOHTTP1
import Resilience
import Testing

@testable import Clients

/// What an upstream may ask for, and who hears of it.
@Suite struct RetryAfterTests {
  /// 2026-03-01T09:30:00.250Z
  private static let now = Timestamp(milliseconds: 1_772_357_400_250)

  @Test(arguments: [
    ("0", 0), ("2", 2000), ("300", 300_000), ("301", 300_000), ("86400", 300_000), ("4294967296", 300_000),
    ("99999999999999999999999999", 300_000), ("Sun, 01 Mar 2026 09:30:02 GMT", 1750), ("Sun, 01 Mar 2026 09:00:00 GMT", 0),
    ("Mon, 01 Mar 2027 09:30:00 GMT", 300_000), ("Sunday, 01-Mar-26 09:30:02 GMT", 1750),
  ])
  func theWaitIsBounded(text: String, milliseconds: Int64) {
    #expect(RetryAfter.wait(asked: text, at: Self.now) == .milliseconds(milliseconds))
  }

  @Test(arguments: ["", "-1", "+5", "1.5", "2 s", "soon", "１２", "0x10", "Sun, 01 Mar 2026"])
  func whatIsNoWaitIsNone(text: String) {
    #expect(RetryAfter.wait(asked: text, at: Self.now) == nil)
  }

  @Test(arguments: [(429, ServiceStatus.overloaded), (503, .unavailable)])
  func everybodyIsRefusedUntilThen(status: Int, word: ServiceStatus) throws {
    let failure = CallFailure(status: status, headers: ["retry-after": "86400"])
    #expect(failure.asksEverybodyToWait)
    let wait = try #require(failure.retryAfter)
    let gate = CircuitGate(UpstreamPolicies())
    gate.askedToWait(wait, byLimit: status == 429, at: .start)
    let refusal = try #require(gate.refusal(at: .seconds(110)))
    #expect(refusal == CallFailure(.askedToWait, receivedStatus: status, retryAfter: .seconds(290)))
    #expect(refusal.status == word)
    #expect(gate.refusal(at: Instant.seconds(400).advanced(byNanoseconds: -1)) != nil)
    #expect(gate.refusal(at: .seconds(400)) == nil)
    #expect(gate.word == .closed)
  }

  @Test func theLongestWishHoldsAndItsStatus() {
    let gate = CircuitGate(UpstreamPolicies())
    gate.askedToWait(.seconds(60), byLimit: false, at: .start)
    gate.askedToWait(.seconds(2), byLimit: true, at: .start)
    #expect(gate.refusal == CallFailure(.askedToWait, receivedStatus: 503, retryAfter: .seconds(60)))
    gate.askedToWait(.seconds(90), byLimit: true, at: .start)
    #expect(gate.refusal == CallFailure(.askedToWait, receivedStatus: 429, retryAfter: .seconds(90)))
  }

  @Test(arguments: [408, 425, 500, 502, 504])
  func otherStatusesSpeakToOneCallerOnly(status: Int) {
    #expect(!CallFailure(status: status, headers: ["retry-after": "1"]).asksEverybodyToWait)
  }
}
