extension JSONWriter {
  package mutating func int(_ value: Int64) {
    beginValue()
    if value < 0 { append(UInt8(ascii: "-")) }
    var rest = value.magnitude
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var first = digits.count
      repeat {
        first &-= 1
        digits[first] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest != 0
      append(UnsafeBufferPointer(rebasing: digits[first...]))
    }
  }

  package mutating func int(_ value: Int) {
    int(Int64(value))
  }

  /// The shortest decimal number that reads back as the same double: `0.0`, `0.1`, `1e+16`, `5e-324`, `-0.0`. What JSON cannot
  /// say (not a
  /// number, infinite) is written as `0.0`.
  package mutating func double(_ value: Double) {
    beginValue()
    var text = (value.isFinite ? value : 0).description
    text.withUTF8 { append($0) }
  }

  mutating func appendQuoted(_ text: String) {
    var text = text
    text.withUTF8 { appendQuoted($0) }
  }

  /// A string between quotes, with the escapes that RFC 8259 §7 demands and no others: `"`, `\` and U+0000 … U+001F.
  mutating func appendQuoted(_ text: UnsafeBufferPointer<UInt8>) {
    append(UInt8(ascii: "\""))
    var done = 0
    for place in 0..<text.count where Self.needsEscape(text[place]) {
      append(UnsafeBufferPointer(rebasing: text[done..<place]))
      appendEscape(text[place])
      done = place &+ 1
    }
    append(UnsafeBufferPointer(rebasing: text[done...]))
    append(UInt8(ascii: "\""))
  }

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private mutating func appendEscape(_ byte: UInt8) {
    append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
    case 0x08: append(UInt8(ascii: "b"))
    case 0x09: append(UInt8(ascii: "t"))
    case 0x0A: append(UInt8(ascii: "n"))
    case 0x0C: append(UInt8(ascii: "f"))
    case 0x0D: append(UInt8(ascii: "r"))
    default:
      append("u00".utf8)
      append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
      let low = byte & 15
      append(low < 10 ? UInt8(ascii: "0") &+ low : UInt8(ascii: "a") &+ (low &- 10))
    }
  }
}
