import RawJSON

/// A post and its numbers, as the metrics service shows it; about 635 bytes of JSON.
struct Post: Sendable {
  let id: Int
  /// nil: the date and the hour are `"N/A"`.
  let date: (month: Int, day: Int, hour: Int, minute: Int)?
  let creator: String
  let views: Int
  let likes: Int
  let comments: Int
  let saves: Int
  let reposts: Int
  let hashtags: [String]
  let row: Int
  let userID: Int?
  let adminID: Int?

  private static let tags = ["#fyp", "#beauty", "#viral", "#señora", "#parati", "#skincare", "#日本", "#ootd"]

  /// Row `row` (from 0). Each 17th post has no date; each 13th belongs to no user but to administrator 1.
  init(row: Int, stream: UInt64, users: Int, seed: UInt64) {
    var random = SeededRandom(seed: seed, stream: stream, row: row)
    self.row = row
    id = 7_300_000_000_000_000_000 + random.draw(0...99_999_999_999_999_999)
    let drawn = (random.draw(1...9), random.draw(1...28), random.draw(0...23), random.draw(0...59))
    date = row % 17 == 16 ? nil : drawn
    creator = random.pick(Account.names)
    views = random.draw(500...2_000_000)
    likes = random.draw(10...90_000)
    comments = random.draw(0...4000)
    saves = random.draw(0...4000)
    reposts = random.draw(0...900)
    let first = random.draw(0...2)
    hashtags = Array(Self.tags[first..<(first + 6)])
    userID = row % 13 == 12 ? nil : 1 + row % max(1, users)
    adminID = row % 13 == 12 ? 1 : nil
  }

  var totalInteractions: Int { likes + comments + saves + reposts }

  /// Interactions ÷ views, 6 decimals.
  var engagement: Double { rounded(Double(totalInteractions) / Double(views), decimals: 1_000_000) }

  var datePosted: String {
    guard let date else { return "N/A" }
    return "2025-" + twoDigits(date.month) + "-" + twoDigits(date.day)
  }

  var hourPosted: String {
    guard let date else { return "N/A" }
    return twoDigits(date.hour) + ":" + twoDigits(date.minute) + ":44"
  }

  var url: String { "https://www.tiktok.com/@\(creator)/video/\(id)" }

  /// Greater is newer. Text order, so what has no date comes before everything that has one.
  private var age: Int {
    guard let date else { return .max }
    return ((date.month * 100 + date.day) * 100 + date.hour) * 100 + date.minute
  }

  /// Newest first; ties stay in the order of the rows.
  static func precedes(_ left: Post, _ right: Post) -> Bool {
    left.age == right.age ? left.row < right.row : left.age > right.age
  }

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("postId", String(id))
      json.member("datePosted", datePosted)
      json.member("hourPosted", hourPosted)
      json.member("usernameTiktokAccount", creator)
      json.member("postURL", url)
      json.member("views", views)
      json.member("likes", likes)
      json.member("comments", comments)
      json.member("saves", saves)
      json.member("reposts", reposts)
      json.member("totalInteractions", totalInteractions)
      json.member("engagement", engagement)
      json.member("numberHashtags", hashtags.count)
      json.member("hashtags", hashtags.joined(separator: " "))
      json.member("soundId", String(7_000_000_000_000_000_000 + row))
      json.member("soundURL", "https://www.tiktok.com/music/original-sound-\(row)")
      json.member("regionPost", "N/A")
      json.member("dateTracking", "2025-09-26")
      json.member("timeTracking", "11:19:21")
      json.member("userId", userID)
      json.member("adminId", adminID)
    }
  }

  /// The same post as a row of the global dashboard.
  func writeDashboardRow(to json: inout JSONWriter) {
    json.object { json in
      json.member("adminId", 1)
      json.member("usedHashTag", String(hashtags[0].dropFirst()))
      json.member("postId", String(id))
      json.member("datePosted", datePosted)
      json.member("usernameTiktokAccount", creator)
      json.member("postURL", url)
      json.member("views", views)
      json.member("likes", likes)
      json.member("engagement", engagement)
    }
  }
}

/// Half to even on the double, to 1 ÷ `decimals`.
func rounded(_ value: Double, decimals: Double) -> Double {
  (value * decimals).rounded(.toNearestOrEven) / decimals
}
