import Clients
import NIOCore
import Resilience
import Testing

@testable import Aggregation
@testable import Gateway

/// Which requests operators can ask about afterwards.
@Suite struct RequestHistoryTests {
  private static func entry(
    _ id: String, missing: Int = 0, took: Duration = .milliseconds(5), at: Timestamp = .now(), status: Int = 200
  ) -> RequestEntry {
    let sections = (0..<missing).map {
      SectionReport(
        SectionOutcome(
          place: SectionPlace(section: "s\($0)", upstream: "u", serviceLabel: "m"), filler: "[]",
          result: .missing(CallFailure(.timeout)), took: .zero))
    }
    let timeline = RequestTimeline(
      requestID: id, trace: TraceContext(traceID: .random(), isSampled: false), began: .now(), deadline: .now())
    return RequestEntry(
      at: at, route: "/x", status: status, took: took, sections: sections, parameters: ["user_id"], timeline: timeline)
  }

  private let history = RequestHistory()

  private func ids(_ kind: RequestHistory.Kind, at now: Timestamp = .now()) -> [String] {
    history.entries(kind, at: now).map(\.requestID)
  }

  @Test func theLastFiftyAreKeptNewestFirst() {
    for number in 0..<120 { history.add(Self.entry("\(number)")) }
    #expect(ids(.last) == (70..<120).reversed().map { "\($0)" })
    #expect(ids(.degraded).isEmpty)
  }

  @Test func theSlowestTwentyAreKeptWhenever() {
    for number in 0..<120 { history.add(Self.entry("\(number)", took: .milliseconds(number * 37 % 120))) }
    let slowest = (0..<120).sorted { $0 * 37 % 120 > $1 * 37 % 120 }.prefix(20)
    #expect(ids(.slowest) == slowest.map { "\($0)" })
  }

  @Test func theMoreIsMissingTheMoreDegraded() {
    for number in 0..<60 { history.add(Self.entry("\(number)", missing: number % 5)) }
    #expect(history.entries(.degraded).map(\.sections.count) == Array(repeating: 4, count: 12) + Array(repeating: 3, count: 8))
    history.add(Self.entry("none", missing: 1, status: 503))
    #expect(ids(.degraded).first == "none")
  }

  @Test func afterAnHourTheWorstAreForgotten() {
    let start = Timestamp(milliseconds: 1_000_000_000_000)
    let later = Timestamp(milliseconds: start.milliseconds + 3_600_001)
    for number in 0..<30 { history.add(Self.entry("old \(number)", missing: 4, took: .seconds(9), at: start)) }
    #expect(ids(.slowest, at: start).count == 20)
    #expect(ids(.slowest, at: later).isEmpty && ids(.degraded, at: later).isEmpty)
    history.add(Self.entry("new", missing: 1, at: later))
    #expect(ids(.slowest, at: later) == ["new"] && ids(.degraded, at: later) == ["new"])
  }

  @Test func partialAnswersAreToldWithTheirReasons() {
    history.add(Self.entry("whole"))
    history.add(Self.entry("first", missing: 1))
    history.add(Self.entry("second", missing: 2))
    let partial = history.recentPartial(limit: 10)
    #expect(partial.map(\.requestID) == ["second", "first"])
    #expect(partial.first?.gaps.map(\.section) == ["s0", "s1"])
    #expect(partial.first?.gaps.allSatisfy { $0.state == "missing" && $0.reason == "timeout" } == true)
    #expect(history.recentPartial(limit: 1).map(\.requestID) == ["second"])
    #expect(history.recentPartial(limit: -1).isEmpty)
  }
}
