/// Contract §3, computed in the most obvious way from what the services themselves sent.
struct NaiveSummary {
  let users: [JSON]
  let accounts: [JSON]
  let items: [JSON]

  init(users: JSON, accounts: JSON, metrics: JSON) {
    self.users = users.list ?? []
    self.accounts = accounts.list ?? []
    items = metrics["items"]?.list ?? []
  }

  func sum(_ key: String, of items: [JSON]? = nil) -> Int { (items ?? self.items).reduce(0) { $0 + ($1[key]?.int ?? 0) } }

  func engagement(of items: [JSON]) -> Double { items.reduce(0) { $0 + ($1["engagement"]?.double ?? 0) } }

  var averageEngagement: Double {
    let counted = items.compactMap { $0["engagement"]?.double }.filter { $0 != 0 }
    return counted.isEmpty ? 0 : Self.cents(counted.reduce(0, +) / Double(counted.count))
  }

  static func cents(_ value: Double) -> Double { (value * 100).rounded(.toNearestOrEven) / 100 }

  /// The values of a key in first-seen order, each once.
  private func firstSeen(_ values: [String]) -> [String] {
    values.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// Most first; the order of the list decides between equals.
  private func top<Element>(_ elements: [Element], by value: (Element) -> Double) -> [Element] {
    let ranked = elements.enumerated().sorted { left, right in
      value(left.element) == value(right.element) ? left.offset < right.offset : value(left.element) > value(right.element)
    }
    return ranked.prefix(5).map(\.element)
  }

  var topUsers: [(id: String, accounts: Int, email: String)] {
    let owners = accounts.compactMap { ($0["userId"] ?? $0["user_id"])?.int.map(String.init) }
    return top(firstSeen(owners)) { owner in Double(owners.count { $0 == owner }) }.map { owner in
      let email = users.first { $0["id"]?.int.map(String.init) == owner }?["email"]?.text
      return (owner, owners.count { $0 == owner }, email ?? "N/A")
    }
  }

  var topAccounts: [(account: String, items: [JSON])] {
    let names = items.compactMap { $0["usernameTiktokAccount"]?.text }.filter { $0 != "" && $0 != "N/A" }
    let groups = firstSeen(names).map { name in (name, items.filter { $0["usernameTiktokAccount"]?.text == name }) }
    return top(groups) { engagement(of: $0.1) }
  }

  var bestItems: [JSON] { top(items) { $0["engagement"]?.double ?? 0 } }

  var trend: (word: String, growth: Double) {
    let dated = items.filter { $0["datePosted"]?.text?.wholeMatch(of: /\d{4}-\d\d-\d\d/) != nil }
    guard dated.count >= 2 else { return ("insufficient_data", 0) }
    let ordered = dated.enumerated().sorted { left, right in
      let (a, b) = (key(left.element), key(right.element))
      return a == b ? left.offset < right.offset : a < b
    }.map(\.element)
    let half = ordered.count / 2
    let first = engagement(of: Array(ordered[..<half])) / Double(half)
    let second = engagement(of: Array(ordered[half...])) / Double(ordered.count - half)
    let word = second > 1.1 * first ? "increasing" : second < 0.9 * first ? "decreasing" : "stable"
    return (word, first <= 0 ? 0 : Self.cents((second - first) / first * 100))
  }

  private func key(_ item: JSON) -> String { (item["datePosted"]?.text ?? "") + " " + (item["hourPosted"]?.text ?? "") }
}
