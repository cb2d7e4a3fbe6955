/// The 128 bits that all spans of one trace have in common (W3C Trace Context §3.2.2.3).
package struct TraceID: Sendable, Hashable, CustomStringConvertible {
  package let high: UInt64
  package let low: UInt64

  /// Nil for zero, which is no id.
  package init?(high: UInt64, low: UInt64) {
    if high | low == 0 { return nil }
    self.high = high
    self.low = low
  }

  /// 32 hexadecimal digits in lower case, and nothing else.
  package init?(_ text: String) {
    guard text.utf8.count == 32, let high = Hexadecimal.word(text.utf8.prefix(16)),
      let low = Hexadecimal.word(text.utf8.suffix(16))
    else { return nil }
    self.init(high: high, low: low)
  }

  package static func random() -> TraceID {
    let (high, low) = ScatteredBits.pair()
    return TraceID(high: high, low: low) ?? random()
  }

  package var description: String {
    String(unsafeUninitializedCapacity: 32) { place in
      Hexadecimal.write(high, to: place, at: 0)
      Hexadecimal.write(low, to: place, at: 16)
      return 32
    }
  }

  /// Whether a trace is among that share of all: the same for whoever asks, as the 56 bits that level 2 of the specification wants
  /// random (§3.2.2.3.2) decide it.
  package func isSampled(ratio: Double) -> Bool {
    if ratio >= 1 { return true }
    return Double(low & 0x00FF_FFFF_FFFF_FFFF) < ratio * 0x1p56
  }
}

/// Ids of spans: 64 bits, never zero.
package enum SpanID {
  package static func random() -> UInt64 {
    let id = ScatteredBits.next()
    return id == 0 ? random() : id
  }

  package static func text(_ id: UInt64) -> String {
    String(unsafeUninitializedCapacity: 16) { place in
      Hexadecimal.write(id, to: place, at: 0)
      return 16
    }
  }
}

/// Digits of 64 bits, always all sixteen.
enum Hexadecimal {
  /// Nil unless all are lower-case digits; at most sixteen of them.
  static func word(_ digits: some Collection<UInt8>) -> UInt64? {
    var word: UInt64 = 0
    for digit in digits {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
      default: return nil
      }
      word = word << 4 | UInt64(value)
    }
    return word
  }

  static func write(_ word: UInt64, to place: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
    let digits: StaticString = "0123456789abcdef"
    var rest = word
    for position in stride(from: start + 15, through: start, by: -1) {
      place[position] = digits.utf8Start[Int(rest & 15)]
      rest >>= 4
    }
  }
}
