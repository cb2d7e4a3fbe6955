import RawJSON

/// The sums of one account's posts.
struct AccountTotals: Sendable, Equatable {
  var account = ""
  var views: Int64 = 0
  var likes: Int64 = 0
  var engagement = 0.0
  var posts = 0

  mutating func add(_ row: PostRow) {
    views = views.addingSaturating(row.views)
    likes = likes.addingSaturating(row.likes)
    engagement += row.engagement
    posts += 1
  }
}

/// Posts grouped by account. Lives only as long as the body that its keys point into.
struct AccountRanking {
  private var places: [JSONText: Int] = [:]
  private var names: [JSONText] = []
  private var totals: [AccountTotals] = []

  init(posts: Int) { places.reserveCapacity(min(posts, 64)) }

  /// Posts without an account are left out.
  mutating func add(_ row: PostRow) {
    guard let account = row.account else { return }
    if let place = places[account] {
      totals[place].add(row)
    } else {
      places[account] = totals.count
      names.append(account)
      totals.append(AccountTotals())
      totals[totals.count - 1].add(row)
    }
  }

  /// Most engagement first, ties in first-seen order.
  var top: [AccountTotals] {
    var leaders = Leaders<Int>()
    for place in totals.indices { leaders.consider(score: Rounding.finite(totals[place].engagement), place) }
    return leaders.elements.map { score, place in
      var account = totals[place]
      account.account = names[place].string
      account.engagement = score
      return account
    }
  }
}
