import Clients
import Testing

@testable import Aggregation

@Suite struct DerivationTests {
  private func derived(_ outcomes: [SectionOutcome]) throws -> JSONTree {
    try #require(try JSONTree(summary(outcomes))["metadata"]?["derived"])
  }

  private func json(_ quality: String, _ sections: [String], asOf: Int64?) throws -> JSONTree {
    let asOf = asOf.map { "\"\(moment($0))\"" } ?? "null"
    return try JSONTree(
      #"{"quality":"\#(quality)","based_on":[\#(sections.map { "\"\($0)\"" }.joined(separator: ","))],"as_of":\#(asOf)}"#)
  }

  @Test func everyPartSaysWhatItRestsOn() throws {
    let derived = try derived(page())
    #expect(derived.keys == ["summary", "rankings", "trends"])
    #expect(derived["summary"] == (try json("complete", ["users", "scraped_accounts", "metrics"], asOf: 1)))
    #expect(derived["rankings"] == (try json("complete", ["users", "scraped_accounts", "metrics"], asOf: 1)))
    #expect(derived["trends"] == (try json("complete", ["metrics"], asOf: 3)))
  }

  @Test func whereASectionIsMissingThePartsFromItAreDegraded() throws {
    let derived = try derived(page(failures: ["users": .unauthorized]))
    #expect(derived["summary"] == (try json("degraded", ["scraped_accounts", "metrics"], asOf: 2)))
    #expect(derived["trends"] == (try json("complete", ["metrics"], asOf: 3)))
  }

  @Test func fromNothingAPartIsUnavailable() throws {
    let withoutMetrics = try derived(page(failures: ["metrics": .serverError]))
    #expect(withoutMetrics["trends"] == (try json("unavailable", [], asOf: nil)))
    #expect(withoutMetrics["rankings"] == (try json("degraded", ["users", "scraped_accounts"], asOf: 1)))
    let onlyDashboard = try derived(page(failures: ["users": .timeout, "scraped_accounts": .timeout, "metrics": .timeout]))
    #expect(onlyDashboard["summary"] == (try json("unavailable", [], asOf: nil)))
  }

  @Test func whatIsNotComputedFromTheDashboardDoesNotSuffer() throws {
    let derived = try derived(page(failures: ["dashboard_data": .timeout]))
    #expect(derived["summary"]?["quality"] == .string("complete"))
  }

  @Test func asOfIsTheOldestSection() throws {
    var outcomes = try page()
    outcomes[0] = try fresh("users", smallBodies[0], at: 100)
    outcomes[1] = try fresh("scraped_accounts", smallBodies[1], at: 50)
    outcomes[2] = try fresh("metrics", smallBodies[2], at: 70)
    let derived = try derived(outcomes)
    #expect(derived["summary"]?["as_of"] == .string(moment(50)) && derived["trends"]?["as_of"] == .string(moment(70)))
  }

  @Test func anEmptySectionIsDataToo() throws {
    #expect(try derived(page(["[]", "[]", metricsBody([]), "[]"]))["summary"]?["quality"] == .string("complete"))
  }
}
