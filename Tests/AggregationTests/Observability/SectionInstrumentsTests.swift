import Metrics
import MetricsTestKit
import Testing

@testable import Aggregation

/// What is counted of a section that stands in an answer.
@Suite struct SectionInstrumentsTests {
  private let metrics = TestMetrics()
  private var instruments: SectionInstruments { SectionInstruments(section: "users", metrics: metrics) }

  @Test(arguments: [
    (SectionState.fresh, CacheReport.Course?.none, "none", false), (.fresh, .miss, "none", false),
    (.fresh, .collapsed, "none", true),
    (.cached, .hit, "memory", false), (.cached, .sharedHit, "redis", false), (.stale, .stale, "memory", false),
    (.stale, .staleOnError, "memory", false), (.missing, nil, "none", false),
  ])
  func aSectionIsCountedByItsStateAndWhereItWas(
    state: SectionState, course: CacheReport.Course?, level: String, isCoalesced: Bool
  ) throws {
    instruments.served(state, course, age: 1500, isDocument: true)
    #expect(try count("served_total", ("state", state.rawValue)) == 1)
    #expect(try count("lookups_total", ("level", level)) == 1)
    #expect(try count("coalesced_total") == (isCoalesced ? 1 : 0))
    #expect(try metrics.expectTimer("tributary_section_age_seconds", [("section", "users")]).values == [1_500_000_000])
  }

  @Test(arguments: [true, false]) func onlyADocumentCanLackASection(isDocument: Bool) throws {
    instruments.served(.missing, nil, age: nil, isDocument: isDocument)
    let lacking = try metrics.expectCounter("tributary_partial_answers_total", [("missing", "users")]).totalValue
    #expect(lacking == (isDocument ? 1 : 0))
    #expect(try metrics.expectTimer("tributary_section_age_seconds", [("section", "users")]).values == [])
  }

  @Test func aRefreshIsCountedWhenItBegins() throws {
    instruments.refreshBegan()
    #expect(try count("refreshes_total") == 1)
  }

  private func count(_ name: String, _ dimension: (String, String)...) throws -> Int64 {
    try metrics.expectCounter("tributary_section_" + name, [("section", "users")] + dimension).totalValue
  }
}
