import Clients
import Resilience
import Testing

@testable import Gateway

@Suite struct LatencyHistoryTests {
  private func evidence(at milliseconds: Int64, _ latency: Duration) -> HealthRecord.Evidence? {
    var record = HealthRecord()
    record.observed(failure: nil, took: latency, at: Timestamp(milliseconds: milliseconds))
    return record.newest
  }

  @Test func aSecondInWhichNothingWasSeenHasNoSample() {
    var history = LatencyHistory()
    history.sampled(nil)
    let first = evidence(at: 1000, .milliseconds(3))
    history.sampled(first)
    history.sampled(first)
    history.sampled(evidence(at: 3000, .milliseconds(5)))
    #expect(history.samples == [nil, .milliseconds(3), nil, .milliseconds(5)])
  }

  @Test func theOldestOfSixtyGoesFirst() {
    var history = LatencyHistory()
    for second in 1...61 { history.sampled(evidence(at: Int64(second) * 1000, .milliseconds(second))) }
    #expect(history.samples.count == 60)
    #expect(history.samples.first == .milliseconds(2))
    #expect(history.samples.last == .milliseconds(61))
  }
}
