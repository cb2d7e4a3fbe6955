/// Documents of the four services, mutated. The same number gives the same document, on every machine.
struct Mutation: Sendable {
  let number: Int

  /// The services take turns.
  var path: String { Self.bases[number % Self.bases.count].path }

  private static let bases: [(path: String, document: String)] = [
    ("/dbquery/user", metrics), ("/api/v1/auth/users", users), ("/scrapedAccounts", accounts), ("/getDashboardInfo", rows),
  ]

  static let replacements = [
    "9223372036854775807", "-9223372036854775808", "1e999", "1e300", "-0.0", #""text""#, "null", #"{"a":1}"#, "-1e999", "-1e300",
    "9223372036854775808", "1e-400", "true", "[]", "0.1e1", "-5", "99999999999999999999999999",
  ]

  /// A document that is as it should be.
  static func original(at path: String) -> [UInt8] {
    Array((bases.first { $0.path == path }?.document ?? "[]").utf8)
  }

  /// The mutated document, and whether the connection is cut in it.
  func reply() -> ScriptedUpstream.Reply {
    var random = Draw(seed: UInt64(number))
    let base = Array(Self.bases[number % Self.bases.count].document.utf8)
    let turn = number / Self.bases.count
    // Every number of every document by every replacement first, then whatever chance brings.
    let ranges = Self.numbers(in: base)
    if turn < ranges.count * Self.replacements.count {
      let replacement = Self.replacements[turn % Self.replacements.count]
      return ScriptedUpstream.Reply(body: Self.replacing(ranges[turn / Self.replacements.count], in: base, with: replacement))
    }
    return chance(base, ranges, &random)
  }

  private func chance(_ base: [UInt8], _ ranges: [Range<Int>], _ random: inout Draw) -> ScriptedUpstream.Reply {
    switch random.below(20) {
    case 0: return ScriptedUpstream.Reply(body: Array(Self.nested(random.below(2) == 0 ? "[" : #"{"a":"#).utf8))
    case 1: return ScriptedUpstream.Reply(body: Self.huge(at: path, random.below(2000)))
    case 2, 3: return ScriptedUpstream.Reply(body: Self.text(base).replacing(/\[[^\[\]]*\]/, with: "[]").bytes)
    case 4...6: return ScriptedUpstream.Reply(body: Array(base.prefix(random.below(base.count + 1))))
    case 7: return ScriptedUpstream.Reply(body: base, cutAfter: random.below(base.count))
    case 8...11:
      var bytes = base
      for _ in 0...random.below(4) { bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: 0x80 + random.below(128)) }
      return ScriptedUpstream.Reply(body: bytes)
    case 12...14:
      var bytes = base
      for _ in 0...random.below(6) { bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.below(128)) }
      return ScriptedUpstream.Reply(body: bytes)
    case 15: return ScriptedUpstream.Reply(body: Self.text(base).replacing(#":""#, with: #":"\ud800\u0000"#).bytes)
    default:
      var bytes = base
      for range in ranges.reversed() where random.below(3) == 0 {
        bytes = Self.replacing(range, in: bytes, with: Self.replacements[random.below(Self.replacements.count)])
      }
      return ScriptedUpstream.Reply(body: bytes)
    }
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  private static func nested(_ opening: String) -> String {
    let closing = opening == "[" ? "]" : "}"
    return String(repeating: opening, count: 100_000) + "1" + String(repeating: closing, count: 100_000)
  }

  private static func huge(at path: String, _ count: Int) -> [UInt8] {
    let row =
      #"{"id":9223372036854775807,"userId":9223372036854775807,"views":9223372036854775807,"likes":1e300,"engagement":1e308,"#
      + #""usernameTiktokAccount":"a","datePosted":"2025-01-01","hourPosted":"N/A","totalInteractions":9223372036854775807}"#
    let list = "[" + Array(repeating: row, count: count + 2).joined(separator: ",") + "]"
    return Array((path == "/dbquery/user" ? "{\"items\":\(list),\"count\":\(count),\"dashboard\":[]}" : list).utf8)
  }

  private static func replacing(_ range: Range<Int>, in bytes: [UInt8], with text: String) -> [UInt8] {
    var bytes = bytes
    bytes.replaceSubrange(range, with: Array(text.utf8))
    return bytes
  }

  /// Where the numbers stand that are values of members.
  private static func numbers(in bytes: [UInt8]) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: ":") else {
        index += 1
        continue
      }
      let start = index + 1
      index = start
      while index < bytes.count,
        bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: ".")
          || (0x30...0x39).contains(bytes[index])
      { index += 1 }
      if index > start { ranges.append(start..<index) }
    }
    return ranges
  }

  private static let users =
    #"[{"id":1,"email":"a@test.com","role":"USER","adminProfile":null},{"id":10,"email":"b@test.com","adminProfile":{"id":1}}]"#
  private static let accounts =
    #"[{"id":1,"accountName":"a","userId":1,"scrapedAt":"x"},{"id":2,"userId":10},{"id":3,"user_id":10,"userId":2}]"#
  private static let rows = #"[{"adminId":1,"postId":"7300000000000000001","views":12,"likes":3,"engagement":0.25}]"#
  private static let metrics =
    #"{"items":[{"postId":"7300000000000000001","datePosted":"2025-03-01","hourPosted":"10:00:00","usernameTiktokAccount":"a","#
    + #""views":100,"likes":10,"comments":1,"totalInteractions":11,"engagement":0.11,"userId":1},"#
    + #"{"postId":"7300000000000000002","datePosted":"2025-02-01","hourPosted":"N/A","usernameTiktokAccount":"b","#
    + #""views":200,"likes":20,"totalInteractions":22,"engagement":0.5,"userId":null}],"count":2,"#
    + #""dashboard":[{"metric":"totals","totalPosts":2,"totalViews":300,"totalLikes":30,"avgEngagement":0.305}]}"#
}

extension String {
  fileprivate var bytes: [UInt8] { Array(utf8) }
}

/// SplitMix64.
struct Draw {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }

  /// 0 ..< limit
  mutating func below(_ limit: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(max(1, limit)))
  }
}
