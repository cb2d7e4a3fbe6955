import RawJSON

/// The sums of one account's posts.
struct AccountTotals: Sendable, Equatable {
  var account = ""
  var views: Int64 = 0
  var likes: Int64 = 0
  var engagement = 0.0
  var posts = 0
}

/// Posts grouped by account. Lives only as long as the body that its names point into.
struct AccountRanking {
  /// Like `AccountTotals`, but nothing in it is counted: to keep many of them costs no more than their bytes.
  private struct Group {
    let name: JSONText
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

  private var places: PlaceTable
  private var groups: ContiguousArray<Group> = []
  private let seed = HashSeed.ofProcess

  init(posts: Int) {
    places = PlaceTable(things: posts)
    groups.reserveCapacity(min(posts, 64))
  }

  /// Posts without an account are left out.
  mutating func add(_ row: PostRow) {
    guard let account = row.account else { return }
    let place = places.place(hash: account.hash(seed)) { groups[$0].name == account }
    if place == groups.count { groups.append(Group(name: account)) }
    groups[place].add(row)
  }

  /// Most engagement first, ties in first-seen order.
  func top(_ places: Int) -> [AccountTotals] {
    var leaders = Leaders<Int>(places: places)
    for place in groups.indices { leaders.consider(score: Rounding.finite(groups[place].engagement), place) }
    return leaders.elements.map { score, place in
      let group = groups[place]
      return AccountTotals(
        account: group.name.string, views: group.views, likes: group.likes, engagement: score, posts: group.posts)
    }
  }
}
