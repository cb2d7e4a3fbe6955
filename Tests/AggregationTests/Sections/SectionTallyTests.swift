import Clients
import Resilience
import Testing

@testable import Aggregation

@Suite struct SectionTallyTests {
  private func tally(_ name: String) -> SectionTally {
    SectionTally(SectionPlace(section: name, upstream: name, serviceLabel: name))
  }

  @Test func beforeTheFirstDocumentNothingIsKnown() {
    #expect(tally("users").counts == SectionTally.Counts())
    #expect(tally("users").last == nil)
  }

  @Test func eachWayToASectionIsCountedApart() throws {
    let tally = tally("users")
    tally.count(try fresh("users", "[]", at: 5))
    #expect(tally.last == SectionTally.Last(state: .fresh, fetchedAt: Timestamp(milliseconds: 5000), failure: nil))
    tally.count(missing("users", .circuitOpen))
    #expect(tally.last == SectionTally.Last(state: .missing, fetchedAt: nil, failure: .circuitOpen))
    let section = try read("users", "[]", as: definition("users").everything.shape, at: 7000)
    tally.count(outcome(definition("users"), .stale(section, nil)))
    #expect(tally.last == SectionTally.Last(state: .stale, fetchedAt: Timestamp(milliseconds: 7000), failure: nil))
    var wanted = SectionTally.Counts()
    (wanted.fetched, wanted.missing, wanted.stale) = (1, 1, 1)
    #expect(tally.counts == wanted)
  }

  @Test func aDocumentCountsItsSectionsInTheirOrder() throws {
    let document = DocumentTally(sectionNames.map(tally))
    document.count(try page(failures: ["metrics": .timeout]))
    #expect(document.sections.map(\.counts.fetched) == [1, 1, 0, 1])
    #expect(document.sections.map(\.counts.missing) == [0, 0, 1, 0])
    document.countAgain(3)
    #expect(document.givenAgain == 3)
  }
}
