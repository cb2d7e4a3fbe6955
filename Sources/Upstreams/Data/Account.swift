import RawJSON

/// One scrape of a TikTok account, as the accounts service shows it; about 96 bytes of JSON.
struct Account: Sendable {
  let id: Int
  let name: String
  let userID: Int
  let second: Int

  /// The creators that accounts and posts are about. The same one may stand in many rows.
  static let names = (0..<25).map { "creator.0" + twoDigits($0) }

  /// Row `id` (from 1) among `users` users. Rows are dealt out to the users in turn.
  init(id: Int, users: Int, seed: UInt64) {
    var random = SeededRandom(seed: seed, stream: 2, row: id)
    self.id = id
    name = random.pick(Self.names)
    userID = 1 + id % max(1, users)
    second = random.draw(0...59)
  }

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("id", id)
      json.member("accountName", name)
      json.member("userId", userID)
      json.member("scrapedAt", "2025-09-25T19:53:" + twoDigits(second) + ".000Z")
    }
  }
}
