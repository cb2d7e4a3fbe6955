import TestSupport

/// Users, accounts and metrics, mostly as the services send them, with odd values strewn in; the same for the same seed.
struct RandomDocuments {
  private var random: SeededGenerator

  private static let oddNumbers = [
    "null", #""5""#, "true", "[]", "{}", "1e3", "-0.0", "0", "1e300", "9223372036854775807", "9223372036854775808", "2.75", "-3",
    "1E-7",
  ]
  private static let oddIDs = [
    "null", "\"\"", "true", "7.5", "{}", "[7]", #""ann""#, #""007""#, "0", "-1", #""-1""#, "9223372036854775807",
  ]
  private static let oddDates = [
    "null", #""N/A""#, #""""#, #""2025-02-30""#, #""2025-2-01""#, "20250101", #""2025-13-01""#, #""2024-02-29""#,
    #""2023-02-29""#, "{}",
  ]
  private static let oddHours = ["null", #""N/A""#, "{}"]
  private static let oddNames = ["null", #""""#, #""N/A""#, "7", #""N\/A""#, #""\u0061ccount1""#, #""日本 \ud83d\ude00""#]
  private static let oddRows = ["null", "7", #""row""#, "[]", "{}"]

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func users() -> String {
    list(upTo: 12) { documents in
      let id = documents.random.once(in: 6) ? documents.random.pick(Self.oddIDs) : documents.id(below: 12)
      let email =
        documents.random.once(in: 8) ? documents.random.pick(Self.oddNames) : "\"user\(id.filter(\.isNumber))@test.com\""
      return documents.row([("id", id), ("email", email), ("role", #""USER""#)])
    }
  }

  mutating func accounts() -> String {
    list(upTo: 40) { documents in
      let id = documents.random.once(in: 8) ? documents.random.pick(Self.oddIDs) : documents.id(below: 12)
      let other = documents.random.once(in: 3) ? [("user_id", documents.id(below: 12))] : []
      return documents.row([("accountName", #""a""#), ("userId", id)] + other)
    }
  }

  mutating func metrics() -> String {
    let items = list(upTo: 30) { documents in
      documents.row([
        (
          "postId",
          documents.random.once(in: 5)
            ? documents.id(below: 1_000) : "\"\(7_300_000_000_000_000_000 + documents.random.draw(0..<99))\""
        ),
        ("datePosted", documents.date()), ("hourPosted", documents.hour()), ("usernameTiktokAccount", documents.name()),
        ("views", documents.integer()), ("likes", documents.integer()), ("totalInteractions", documents.integer()),
        ("engagement", documents.engagement()), ("userId", "null"),
      ])
    }
    return #"{"items":\#(items),"count":\#(random.draw(0..<100)),"dashboard":[]}"#
  }

  /// At least one element is an object, unless the list is empty: others are another shape.
  private mutating func list(upTo limit: Int, _ row: (inout Self) -> String) -> String {
    let count = random.draw(0..<limit)
    var rows = (0..<count).map { _ in random.once(in: 40) ? random.pick(Self.oddRows) : row(&self) }
    if count > 0 { rows.insert("{}", at: random.draw(0..<count)) }
    return "[" + rows.joined(separator: random.once(in: 2) ? "," : " ,\n") + "]"
  }

  /// Members in any order, now and then without one of them.
  private mutating func row(_ members: [(String, String)]) -> String {
    let kept = members.filter { _ in !random.once(in: 25) }
    let ordered = random.once(in: 4) ? kept.shuffled(using: &random) : kept
    return "{" + ordered.map { "\"\($0)\": \($1)" }.joined(separator: ",") + "}"
  }

  private mutating func id(below limit: Int) -> String {
    let id = random.draw(1..<limit)
    return random.once(in: 3) ? "\"\(id)\"" : "\(id)"
  }

  private mutating func integer() -> String {
    random.once(in: 12) ? random.pick(Self.oddNumbers) : "\(random.draw(0..<2_000_000))"
  }

  /// A few values only, so that there are ties.
  private mutating func engagement() -> String {
    switch random.draw(0..<12) {
    case 0: random.pick(Self.oddNumbers)
    case 1..<5: random.pick(["0.5", "0.25", "0.1", "0"])
    default: "0.\(random.draw(100_000..<999_999))"
    }
  }

  private mutating func name() -> String {
    random.once(in: 8) ? random.pick(Self.oddNames) : "\"account\(random.draw(0..<9))\""
  }

  private mutating func date() -> String {
    random.once(in: 6) ? random.pick(Self.oddDates) : "\"2025-0\(random.draw(1..<10))-1\(random.draw(0..<3))\""
  }

  private mutating func hour() -> String {
    random.once(in: 6) ? random.pick(Self.oddHours) : "\"\(random.draw(10..<24)):0\(random.draw(0..<10)):44\""
  }
}
