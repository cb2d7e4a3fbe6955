extension JSONWriter {
  package mutating func null() { literal("null") }
  package mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

  package mutating func string(_ value: String) {
    quoted(value)
  }

  /// A text from a body, unescaped and escaped again (a lone surrogate becomes U+FFFD).
  package mutating func string(_ value: JSONText) {
    value.withBytes { quoted($0) }
  }

  package mutating func int(_ value: Int64) {
    let size = Self.digitCount(value.magnitude)
    self.value(atMost: size &+ 1) { place in
      let sign = value < 0 ? 1 : 0
      place[0] = UInt8(ascii: "-")
      var rest = value.magnitude
      for digit in stride(from: sign &+ size &- 1, through: sign, by: -1) {
        place[digit] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
      return sign &+ size
    }
  }

  package mutating func int(_ value: Int) {
    int(Int64(value))
  }

  /// The shortest decimal number that reads back as the same double: `0.0`, `0.1`, `1e+16`, `5e-324`, `-0.0`. What JSON cannot
  /// say (not a
  /// number, infinite) is written as `0.0`.
  package mutating func double(_ value: Double) {
    var text = (value.isFinite ? value : 0).description
    text.withUTF8 { self.value(UnsafeRawBufferPointer($0)) }
  }

  mutating func quoted(_ text: String) {
    var text = text
    text.withUTF8 { quoted(UnsafeRawBufferPointer($0)) }
  }

  /// A string between quotes, with the escapes that RFC 8259 §7 demands and no others: `"`, `\` and U+0000 … U+001F.
  mutating func quoted(_ text: UnsafeRawBufferPointer) {
    guard Self.plainPrefix(of: text) == text.count else { return escaped(text) }
    value(atMost: text.count &+ 2) { place in
      place[0] = UInt8(ascii: "\"")
      UnsafeMutableRawBufferPointer(start: place + 1, count: text.count).copyMemory(from: text)
      place[text.count &+ 1] = UInt8(ascii: "\"")
      return text.count &+ 2
    }
  }

  /// The same for a text with at least one byte to escape.
  private mutating func escaped(_ text: UnsafeRawBufferPointer) {
    value(atMost: 1) { place in
      place[0] = UInt8(ascii: "\"")
      return 1
    }
    var rest = text
    while true {
      let plain = Self.plainPrefix(of: rest)
      put(UnsafeRawBufferPointer(rebasing: rest[..<plain]))
      guard plain < rest.count else { break }
      putEscape(rest[plain])
      rest = UnsafeRawBufferPointer(rebasing: rest[(plain &+ 1)...])
    }
    put(UInt8(ascii: "\""))
  }

  private mutating func literal(_ text: StaticString) {
    value(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Decimal digits of the magnitude of an Int64: at most 19, so that the limit stays below 2⁶⁴.
  private static func digitCount(_ magnitude: UInt64) -> Int {
    var (count, limit) = (1, 10 as UInt64)
    while magnitude >= limit {
      limit = limit &* 10
      count &+= 1
    }
    return count
  }

  /// Bytes before the first that needs an escape; all of them if none does. Eight at a time: most texts have none.
  private static func plainPrefix(of text: UnsafeRawBufferPointer) -> Int {
    var place = 0
    while place &+ 8 <= text.count, !holdsEscape(text.loadUnaligned(fromByteOffset: place, as: UInt64.self)) { place &+= 8 }
    while place < text.count, !needsEscape(text[place]) { place &+= 1 }
    return place
  }

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  /// Whether one of eight bytes needs an escape. In each byte the high bit says so: it was clear, and subtracting 0x20 from the byte,
  /// or 1 from its difference to a quote or a backslash, borrowed. (A borrow may set the bit of a neighbour behind the first hit only.)
  private static func holdsEscape(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
    let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
    let below = (word &- (ones &* 0x20)) & ~word
    let hits = below | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
    return hits & (ones &* 0x80) != 0
  }

  private mutating func putEscape(_ byte: UInt8) {
    put(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): put(byte)
    case 0x08: put(UInt8(ascii: "b"))
    case 0x09: put(UInt8(ascii: "t"))
    case 0x0A: put(UInt8(ascii: "n"))
    case 0x0C: put(UInt8(ascii: "f"))
    case 0x0D: put(UInt8(ascii: "r"))
    default:
      for letter in "u00".utf8 { put(letter) }
      put(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
      let low = byte & 15
      put(low < 10 ? UInt8(ascii: "0") &+ low : UInt8(ascii: "a") &+ (low &- 10))
    }
  }
}
