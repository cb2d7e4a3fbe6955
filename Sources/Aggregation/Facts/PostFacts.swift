import RawJSON

/// What the summary needs to know of the posts in the metrics section. One pass over the rows; nothing in them can make it fail: what
/// is absent or not a number counts 0, sums saturate.
struct PostFacts: Sendable {
  struct Post: Sendable, Equatable {
    let id: String
    let account: String
    let engagement: Double
    let views: Int64
    let likes: Int64
  }

  /// Mean engagement of the posts that have one other than 0; 0 if none has.
  let averageEngagement: Double
  let totalViews: Int64
  let totalLikes: Int64
  let totalInteractions: Int64
  let topAccounts: [AccountTotals]
  let bestPosts: [Post]
  let trend: EngagementTrend
  /// Rows with something absent or of the wrong kind that was counted as 0 or left out.
  let oddRows: Int

  /// - Parameter places: of each ranking.
  init(_ index: JSONIndex, in bytes: UnsafeRawBufferPointer, places: Int = Leaders<Int>.usualPlaces) {
    self = index.withCells { cells in
      // Rows of other columns are none of posts.
      PostFacts(cells, rows: index.columnCount == PostRow.columnCount ? index.rowCount : 0, in: bytes, places: places)
    }
  }

  private init(_ cells: UnsafeBufferPointer<JSONIndex.Cell>, rows: Int, in bytes: UnsafeRawBufferPointer, places: Int) {
    var views: Int64 = 0
    var likes: Int64 = 0
    var interactions: Int64 = 0
    var engagement = (sum: 0.0, count: 0)
    var accounts = AccountRanking(posts: rows)
    var best = Leaders<Int>(places: places)
    var dated = DatedEngagements(capacity: rows)
    var oddRows = 0
    for number in 0..<rows {
      let row = PostRow(cells, number, in: bytes)
      if row.isOdd { oddRows += 1 }
      views = views.addingSaturating(row.views)
      likes = likes.addingSaturating(row.likes)
      interactions = interactions.addingSaturating(row.interactions)
      if row.engagement != 0 { engagement = (engagement.sum + row.engagement, engagement.count + 1) }
      accounts.add(row)
      best.consider(score: row.engagement, number)
      dated.add(row)
    }
    averageEngagement = engagement.count == 0 ? 0 : Rounding.finite(engagement.sum) / Double(engagement.count)
    totalViews = views
    totalLikes = likes
    totalInteractions = interactions
    topAccounts = accounts.top(places)
    // Texts are made of the few that are shown only.
    bestPosts = best.elements.map { PostRow(cells, $0.element, in: bytes).post }
    trend = dated.trend
    self.oddRows = oddRows
  }
}
