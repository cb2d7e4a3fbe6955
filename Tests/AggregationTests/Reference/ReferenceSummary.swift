/// Contract §3 once more, in the plainest words: trees in, a tree out. It is slow, and it knows nothing of the code under test.
struct ReferenceSummary {
  let users: [JSONTree]
  let accounts: [JSONTree]
  let items: [JSONTree]

  init(users: [JSONTree], accounts: [JSONTree], items: [JSONTree]) {
    self.users = users
    self.accounts = accounts
    self.items = items
  }

  init(users: String, accounts: String, metrics: String) throws {
    self.users = try JSONTree(users).elements
    self.accounts = try JSONTree(accounts).elements
    items = try JSONTree(metrics)["items"]?.elements ?? []
  }

  /// `summary`, `rankings` and `trends`.
  var tree: JSONTree {
    .object([
      .init(name: "summary", value: summary), .init(name: "rankings", value: rankings), .init(name: "trends", value: trends),
    ])
  }

  private var summary: JSONTree {
    let engagements = items.map { Self.double($0["engagement"]) }.filter { $0 != 0 }
    let average = engagements.isEmpty ? 0 : engagements.reduce(0, +) / Double(engagements.count)
    return Self.object([
      ("total_users", Self.number(users.count)), ("total_accounts", Self.number(accounts.count)),
      ("average_engagement", .number("\(ReferenceRounding.toCents(average))")), ("total_views", sum("views")),
      ("total_likes", sum("likes")),
      ("total_interactions", sum("totalInteractions")),
    ])
  }

  private var rankings: JSONTree {
    Self.object([("top_users", .array(topUsers)), ("top_accounts", .array(topAccounts)), ("best_engagement", .array(bestPosts))])
  }

  private var topUsers: [JSONTree] {
    let ids = accounts.compactMap { Self.userID($0["userId"]) ?? Self.userID($0["user_id"]) }
    let distinct = ids.enumerated().filter { position, id in !ids[..<position].contains(id) }.map(\.element)
    let counted = distinct.map { id in (id, ids.filter { $0 == id }.count) }
    return Self.firstFive(counted) { Double($0.1) }.map { id, count in
      let email = users.lazy.filter { Self.userID($0["id"]) == id }.compactMap { $0["email"]?.text }.first
      return Self.object([("user_id", id), ("accounts_count", Self.number(count)), ("email", .string(email ?? "N/A"))])
    }
  }

  private var topAccounts: [JSONTree] {
    let names = items.map { $0["usernameTiktokAccount"]?.text ?? "" }.filter { $0 != "" && $0 != "N/A" }
    let distinct = names.enumerated().filter { position, name in !names[..<position].contains(name) }.map(\.element)
    let groups = distinct.map { name in
      let posts = items.filter { $0["usernameTiktokAccount"]?.text == name }
      return (name: name, posts: posts, engagement: posts.reduce(0) { $0 + Self.double($1["engagement"]) })
    }
    return Self.firstFive(groups) { $0.engagement }.map { group in
      Self.object([
        ("account", .string(group.name)), ("total_views", Self.sum("views", of: group.posts)),
        ("total_likes", Self.sum("likes", of: group.posts)), ("total_engagement", .number("\(group.engagement)")),
        ("post_count", Self.number(group.posts.count)),
      ])
    }
  }

  private var bestPosts: [JSONTree] {
    Self.firstFive(items) { Self.double($0["engagement"]) }.map { post in
      let digits = post["postId"]?.number.flatMap { $0.allSatisfy { "-0123456789".contains($0) } ? $0 : nil }
      return Self.object([
        ("post_id", .string(post["postId"]?.text ?? digits ?? "N/A")),
        ("account", .string(post["usernameTiktokAccount"]?.text ?? "N/A")),
        ("engagement", .number("\(Self.double(post["engagement"]))")), ("views", Self.number(Self.integer(post["views"]))),
        ("likes", Self.number(Self.integer(post["likes"]))),
      ])
    }
  }

  private var trends: JSONTree {
    let dated = items.filter { Self.isRealDate($0["datePosted"]?.text) }
    let ordered = dated.enumerated().sorted { left, right in
      let one = [left.element["datePosted"]?.text ?? "", left.element["hourPosted"]?.text ?? ""]
      let other = [right.element["datePosted"]?.text ?? "", right.element["hourPosted"]?.text ?? ""]
      return one == other ? left.offset < right.offset : one.lexicographicallyPrecedes(other)
    }.map { Self.double($0.element["engagement"]) }
    guard ordered.count >= 2 else { return Self.trend("insufficient_data", 0) }
    let first = Self.mean(ordered[..<(ordered.count / 2)])
    let second = Self.mean(ordered[(ordered.count / 2)...])
    let word = second > 1.1 * first ? "increasing" : second < 0.9 * first ? "decreasing" : "stable"
    return Self.trend(word, first <= 0 ? 0 : (second - first) / first * 100)
  }
}

// MARK: The words of the table

extension ReferenceSummary {
  private static func object(_ members: [(String, JSONTree)]) -> JSONTree {
    .object(members.map { JSONTree.Member(name: $0.0, value: $0.1) })
  }

  private static func number(_ value: some BinaryInteger) -> JSONTree { .number("\(value)") }

  private static func trend(_ word: String, _ growth: Double) -> JSONTree {
    object([("engagement_trend", .string(word)), ("growth_rate", .number("\(ReferenceRounding.toCents(growth))"))])
  }

  private static func mean(_ values: ArraySlice<Double>) -> Double { values.reduce(0, +) / Double(values.count) }

  /// Most first, ties in first-seen order.
  private static func firstFive<Value>(_ values: [Value], by score: (Value) -> Double) -> [Value] {
    let ranked = values.enumerated().sorted { left, right in
      let (one, other) = (score(left.element), score(right.element))
      return one == other ? left.offset < right.offset : one > other
    }
    return ranked.prefix(5).map(\.element)
  }

  private func sum(_ name: String) -> JSONTree { Self.sum(name, of: items) }

  /// A sum that saturates.
  private static func sum(_ name: String, of items: [JSONTree]) -> JSONTree {
    number(items.reduce(Int128(0)) { min(max($0 + Int128(integer($1[name])), Int128(Int64.min)), Int128(Int64.max)) })
  }

  /// "An absent or non-numeric value counts 0."
  private static func double(_ value: JSONTree?) -> Double { value?.double ?? 0 }

  private static func integer(_ value: JSONTree?) -> Int64 {
    guard let text = value?.number, let double = Double(text) else { return 0 }
    return Int64(text) ?? (abs(double) < 1e15 ? Int64(double) : double > 0 ? .max : .min)
  }

  /// "Ids `7` and `"7"` are the same user": a text that is an integer, written as integers are, becomes that integer.
  private static func userID(_ value: JSONTree?) -> JSONTree? {
    if let number = value?.number { return Int64(number).map { .number("\($0)") } }
    guard let text = value?.text, !text.isEmpty else { return nil }
    return Int64(text).map { "\($0)" } == text ? .number(text) : .string(text)
  }

  private static func isRealDate(_ text: String?) -> Bool {
    let parts = (text ?? "").split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.count) == [4, 2, 2], parts.joined().utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
    let numbers = parts.compactMap { Int($0) }
    let isLeap = numbers[0] % 400 == 0 || (numbers[0] % 4 == 0 && numbers[0] % 100 != 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...12).contains(numbers[1]) && (1...days[numbers[1] - 1]).contains(numbers[2])
  }
}
