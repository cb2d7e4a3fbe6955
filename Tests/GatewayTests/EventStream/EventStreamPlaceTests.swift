import Testing

@testable import Gateway

@Suite struct EventStreamPlaceTests {
  @Test func ofManyAtOnceNoMoreGetOneThanThereAre() async {
    let counts = EventStreamCounts()
    let got = await withTaskGroup(of: [EventStreamPlace].self) { tasks in
      for _ in 0..<8 { tasks.addTask { (0..<100).compactMap { _ in EventStreamPlace(of: counts, limit: 25) } } }
      return await tasks.reduce(into: []) { $0 += $1 }
    }
    #expect(got.count == 25)
    #expect(EventStreamPlace(of: counts, limit: 25) == nil)
    got[0].giveBack()
    #expect(EventStreamPlace(of: counts, limit: 25) != nil)
  }

  @Test func itIsGivenBackOnceHoweverOften() {
    let counts = EventStreamCounts()
    let (first, second) = (EventStreamPlace(of: counts, limit: 2), EventStreamPlace(of: counts, limit: 2))
    first?.giveBack()
    first?.giveBack()
    let third = EventStreamPlace(of: counts, limit: 2)
    #expect(second != nil && third != nil)
    // Held until here.
    withExtendedLifetime((second, third)) { #expect(EventStreamPlace(of: counts, limit: 2) == nil) }
  }

  @Test func aPlanThatNobodyOpensGivesItBack() {
    let counts = EventStreamCounts()
    var plan = EventStreamPlace(of: counts, limit: 1).map { EventStreamPlan(place: $0) { _ in } }
    #expect(plan != nil && EventStreamPlace(of: counts, limit: 1) == nil)
    plan = nil
    #expect(EventStreamPlace(of: counts, limit: 1) != nil)
  }
}
