import Resilience
import Testing

@testable import Gateway

@Suite struct RecordTests {
  @Test func aRefusedConfigurationIsNoticedUntilOneIsTaken() {
    let record = ReloadRecord(at: Timestamp(milliseconds: 1))
    record.ended(false, at: Timestamp(milliseconds: 2))
    #expect(record.current.refused == 1 && record.current.refusedAt == Timestamp(milliseconds: 2))
    #expect(record.current.inUseSince == Timestamp(milliseconds: 1))
    record.ended(true, at: Timestamp(milliseconds: 3))
    #expect(record.current.taken == 1 && record.current.refused == 1)
    #expect(record.current.refusedAt == nil && record.current.inUseSince == Timestamp(milliseconds: 3))
  }
}
