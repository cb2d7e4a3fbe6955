import TestSupport

/// Spoils upstream documents, the same way for the same seed (reliability.md, "Nothing from outside ends the process").
struct Mutator {
  private var random: SeededGenerator

  static let replacements = ["9223372036854775807", "-9223372036854775808", "1e999", "1e300", "-0.0", #""text""#, "null", "{}"]

  private static let pieces = [
    "{", "}", "[", "]", ",", ":", "\"", "\\", "-", ".", "e", "null", "true", "{}", "[]", "\"\"", ",{}", ",null", "\\ud83d",
    "\\u0000",
    "\u{0}", "\u{1F}", "é", "😀", "\u{FEFF}", "\"views\":5,", "\"items\":[],", "\"count\":{},", "\"userId\":\"7\",",
    "\"datePosted\":\"9999-12-31\",", "123456789012345678901234567890", "1e-999", "-1e308", "1.7976931348623157e308",
    "0.1e+0000000400",
  ]
  private static let badUTF8: [[UInt8]] = [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF5, 0x80], [0xE2, 0x82]]

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  /// Each number in turn, replaced by each of `replacements`.
  static func eachNumberReplaced(in body: [UInt8]) -> [[UInt8]] {
    numbers(in: body).flatMap { place in
      replacements.map { body[..<place.lowerBound] + Array($0.utf8) + body[place.upperBound...] }
    }
  }

  /// Where the numbers are that stand outside strings.
  static func numbers(in body: [UInt8]) -> [Range<Int>] {
    var numbers: [Range<Int>] = []
    var isInString = false
    var start: Int?
    for (place, byte) in body.enumerated() {
      if byte == UInt8(ascii: "\"") { isInString.toggle() }
      let isPart = !isInString && ("-+.0123456789".utf8.contains(byte) || (start != nil && byte | 0x20 == UInt8(ascii: "e")))
      if isPart, start == nil { start = place }
      if !isPart, let first = start {
        numbers.append(first..<place)
        start = nil
      }
    }
    return numbers
  }

  /// One to three changes.
  mutating func spoiled(_ body: [UInt8]) -> [UInt8] {
    var bytes = body
    for _ in 0..<random.draw(1..<4) where !bytes.isEmpty { change(&bytes) }
    return bytes
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    let place = random.draw(0..<bytes.count)
    let end = min(bytes.count, place + random.draw(1..<7))
    switch random.draw(0..<20) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 1: bytes.insert(contentsOf: Self.badUTF8[random.draw(0..<Self.badUTF8.count)], at: place)
    case 2: bytes.removeSubrange(place...)
    case 3: bytes.removeSubrange(place..<end)
    case 4: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 5, 6: replaceList(&bytes, near: place)
    case 7, 8: bytes.insert(contentsOf: random.pick(Self.pieces).utf8, at: place)
    case 9, 10: replaceText(&bytes, near: place)
    default: replaceNumber(&bytes)
    }
  }

  private mutating func replaceNumber(_ bytes: inout [UInt8]) {
    let numbers = Self.numbers(in: bytes)
    guard !numbers.isEmpty else { return }
    let wild = random.once(in: 3) ? random.pick(Self.pieces) : random.pick(Self.replacements)
    bytes.replaceSubrange(numbers[random.draw(0..<numbers.count)], with: Array(wild.utf8))
  }

  private mutating func replaceText(_ bytes: inout [UInt8], near place: Int) {
    guard let start = bytes[place...].firstIndex(of: UInt8(ascii: "\"")),
      let end = bytes[(start + 1)...].firstIndex(of: UInt8(ascii: "\""))
    else { return }
    bytes.replaceSubrange(start...end, with: Array(random.pick(Self.replacements).utf8))
  }

  /// A list becomes empty, odd, huge, or nested 100,000 deep (the big ones seldom).
  private mutating func replaceList(_ bytes: inout [UInt8], near place: Int) {
    guard let start = bytes[..<place].lastIndex(of: UInt8(ascii: "[")), let end = bytes[start...].lastIndex(of: UInt8(ascii: "]"))
    else { return }
    let list =
      switch random.draw(0..<60) {
      case 0: String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
      case 1: String(repeating: #"[{"x":"#, count: 50_000)
      case 2: "[" + String(repeating: "{},", count: 50_000) + "{}]"
      case 3: "[" + String(repeating: #"{"views":9223372036854775807,"userId":1},"#, count: 2_000) + "null]"
      case 4..<20: "[null]"
      case 20..<30: "[null,{},7]"
      default: "[]"
      }
    bytes.replaceSubrange(start...end, with: Array(list.utf8))
  }
}
