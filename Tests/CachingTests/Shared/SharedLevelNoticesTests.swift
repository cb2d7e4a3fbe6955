import Redis
import Resilience
import Testing

@testable import Caching

@Suite struct SharedLevelNoticesTests {
  private func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }
  private let lost = SharedLevelEvent.connection(.disconnected(.timeout))
  private let connected = SharedLevelEvent.connection(.connected(.tcp(host: "h", port: 6379)))

  @Test func aKindHasALineAMinute() {
    var notices = SharedLevelNotices()
    #expect(notices.happened(lost, at: at(0)) == .init(kind: .disconnected, detail: "timeout", passedOver: 0))
    for second in 1..<60 { #expect(notices.happened(lost, at: at(Int64(second))) == nil) }
    let next = notices.happened(.connection(.disconnected(.unavailable)), at: at(60))
    #expect(next == .init(kind: .disconnected, detail: "unavailable", passedOver: 59))
    #expect(notices.happened(lost, at: at(119)) == nil)
    #expect(notices.happened(lost, at: at(120))?.passedOver == 1)
  }

  @Test func kindsDoNotHoldEachOtherUp() {
    var notices = SharedLevelNotices()
    let events: [SharedLevelEvent] = [lost, connected, .failed(.readOnly), .refused(.digest), .purgeRefused(.signature)]
    let told = events.compactMap { notices.happened($0, at: at(5)) }
    #expect(told.map(\.kind) == [.disconnected, .connected, .failed, .refused, .purgeRefused])
    #expect(told.map(\.detail) == ["timeout", "h:6379", "read_only", "digest", "signature"])
    #expect(told.map(\.isTrouble) == [true, false, true, true, true])
    #expect(Set(told.map(\.message)).count == 5)
    #expect(events.allSatisfy { notices.happened($0, at: at(64)) == nil })
  }

  @Test func whatFollowsFromALostConnectionHasNoLineOfItsOwn() {
    var notices = SharedLevelNotices()
    for error in [RedisError.unavailable, .timeout, .cancelled, .shutDown] {
      #expect(notices.happened(.failed(error), at: at(0)) == nil)
    }
    #expect(notices.happened(.failed(.outOfMemory), at: at(0))?.passedOver == 0)
  }

  @Test func aWordOfTheServerIsNotRepeated() {
    var notices = SharedLevelNotices()
    #expect(notices.happened(.failed(.serverError(code: "SECRETWORD")), at: at(0))?.detail == "server_error")
  }
}
