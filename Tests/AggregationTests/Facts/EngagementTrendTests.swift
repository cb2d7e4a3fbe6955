import Testing

@testable import Aggregation

@Suite struct EngagementTrendTests {
  /// Posts given as date, hour and engagement.
  private func trend(_ posts: [(date: String?, hour: String?, engagement: String)]) throws -> EngagementTrend {
    try postFacts(
      posts.map { posted in
        post(engagement: posted.engagement, date: posted.date.map { "\"\($0)\"" }, hour: posted.hour.map { "\"\($0)\"" })
      }
    ).trend
  }

  private func days(_ engagements: String...) throws -> EngagementTrend {
    try trend(engagements.enumerated().map { ("2025-01-\(10 + $0)", "12:00:00", $1) })
  }

  @Test func theNewerHalfIsComparedWithTheOlder() throws {
    let up = try days("1", "1", "2", "2")
    #expect(up.direction == .increasing && up.growthRate == 100)
    let down = try days("2", "2", "1", "1")
    #expect(down.direction == .decreasing && down.growthRate == -50)
    let level = try days("1", "1", "1", "1.1")
    #expect(level.direction == .stable && abs(level.growthRate - 5) < 1e-9)
  }

  @Test func ofAnOddNumberTheFirstHalfIsTheSmaller() throws {
    // Halves: [2], [4, 6].
    let trend = try days("2", "4", "6")
    #expect(trend.direction == .increasing && trend.growthRate == 150)
    // Halves: [1, 3], [4, 4, 7].
    #expect(try days("1", "3", "4", "4", "7").growthRate == 150)
  }

  @Test func under2DatedPostsThereIsTooLittleData() throws {
    let tooFew: [[(String?, String?, String)]] = [
      [], [("2025-01-01", "10:00:00", "1")], [("2025-01-01", nil, "1"), ("N/A", "N/A", "9")],
    ]
    for posts in tooFew { #expect(try trend(posts) == .unknown) }
    #expect(EngagementTrend.unknown.direction == .insufficientData && EngagementTrend.unknown.growthRate == 0)
    #expect(try days("1", "2").direction == .increasing)
  }

  @Test(arguments: [
    nil, "N/A", "", "2025-02-30", "2025-13-01", "2025-00-10", "2025-01-00", "2025-04-31", "2023-02-29", "1900-02-29", "2025-1-01",
    "2025-01-1", "25-01-01", "2025/01/01", "2025-01-01T00:00:00Z", " 2025-01-01", "2025-01-0x", "-025-01-01",
  ])
  func postsWithoutARealDateAreLeftOut(_ date: String?) throws {
    let posts: [(String?, String?, String)] = [("2025-01-01", nil, "1"), (date, nil, "100"), ("2025-01-02", nil, "2")]
    #expect(try trend(posts).growthRate == 100)
  }

  @Test(arguments: ["2024-02-29", "2000-02-29", "2025-12-31", "2025-01-31"])
  func realDatesCount(_ date: String) throws {
    #expect(try trend([(date, nil, "1"), (date, nil, "2")]).direction == .increasing)
  }

  @Test func datesAndHoursAreReadUnescaped() throws {
    let items = [
      post(engagement: "3", date: #""2025\u002d01-01""#, hour: #""10:00:01""#),
      post(engagement: "1", date: #""2025-01-01""#, hour: #""1\u0030:00:00""#),
    ]
    #expect(try postFacts(items).trend.growthRate == 200)
  }

  @Test func aDateThatIsNoTextIsNone() throws {
    let items = ["20250101", "null", "{}"].map { post(engagement: "1", date: $0) }
    #expect(try postFacts(items).trend == .unknown)
  }

  @Test func postsAreOrderedByDateWhateverTheirOrder() throws {
    let posts: [(String?, String?, String)] = [
      ("2025-03-01", nil, "4"), ("2024-12-31", nil, "1"), ("2025-02-28", nil, "4"), ("2025-01-01", nil, "1"),
    ]
    #expect(try trend(posts).growthRate == 300)
  }

  @Test func onOneDayTheHourDecides() throws {
    let day = "2025-01-01"
    #expect(try trend([(day, "10:00:00", "3"), (day, "09:59:59", "1")]).growthRate == 200)
    #expect(try trend([(day, "00:00:01", "3"), (day, "00:00:00", "1")]).growthRate == 200)
    #expect(try trend([("2025-01-02", "00:00:00", "3"), (day, "23:59:59", "1")]).growthRate == 200)
  }

  @Test func anHourThatIsNotAvailableComesAfterThoseThatAre() throws {
    // As texts: "23:59:59" < "N/A".
    #expect(try trend([("2025-01-01", "N/A", "3"), ("2025-01-01", "23:59:59", "1")]).growthRate == 200)
  }

  @Test func theMeanIsOverAllOfAHalfAlsoThoseWithoutEngagement() throws {
    // Halves: [0, 2] → 1, [null as 0, 4] → 2.
    let trend = try days("0", "2", "null", "4")
    #expect(trend.growthRate == 100)
  }

  @Test func theBordersThemselvesAreStable() {
    #expect(EngagementTrend(older: 1, newer: 1.1).direction == .stable)
    #expect(EngagementTrend(older: 1, newer: 1.1.nextUp).direction == .increasing)
    #expect(EngagementTrend(older: 1, newer: 0.9).direction == .stable)
    #expect(EngagementTrend(older: 1, newer: 0.9.nextDown).direction == .decreasing)
    #expect(EngagementTrend(older: 3, newer: 1.1 * 3).direction == .stable)
    #expect(EngagementTrend(older: 3, newer: 0.9 * 3).direction == .stable)
  }

  @Test func fromNothingThereIsNoRateOfGrowth() {
    #expect(EngagementTrend(older: 0, newer: 5).growthRate == 0 && EngagementTrend(older: 0, newer: 5).direction == .increasing)
    #expect(EngagementTrend(older: 0, newer: 0).growthRate == 0 && EngagementTrend(older: 0, newer: 0).direction == .stable)
    #expect(EngagementTrend(older: -1, newer: 5).growthRate == 0)
    #expect(EngagementTrend(older: 0, newer: -5).direction == .decreasing)
  }

  @Test func theRateOfGrowthStaysFinite() {
    #expect(EngagementTrend(older: .leastNonzeroMagnitude, newer: 1.7e308).growthRate == .greatestFiniteMagnitude)
    #expect(EngagementTrend(older: 1.7e308, newer: -1.7e308).growthRate.isFinite)
  }
}
