import CSimdjson

extension JSONIndex.Cell {
  /// The value of a number written without fraction and exponent that fits; nil for everything else, also for `1.0` and `1e3`.
  package func int64(in bytes: UnsafeRawBufferPointer) -> Int64? {
    guard detail == Detail.integer, let text = raw(in: bytes) else { return nil }
    if let short = shortInteger(text, in: bytes) { return short }
    let (value, exact) = DecimalText(text).truncated()
    return exact ? value : nil
  }

  /// A number as an integer, whatever its size: exact where it fits, else `Int64.max` or `.min`; a fraction is cut off toward
  /// zero.
  /// Computed on the decimal digits, so nothing is lost on the way (`9007199254740993.5` gives …993). Nil: not a number.
  package func saturatingInt64(in bytes: UnsafeRawBufferPointer) -> Int64? {
    guard isNumber, let text = raw(in: bytes) else { return nil }
    if detail == Detail.integer, let short = shortInteger(text, in: bytes) { return short }
    return DecimalText(text).truncated().value
  }

  /// The nearest double to a number (IEEE 754, ties to even). Finite always: nil for `1e999`, ±0 for `1e-999`. Nil: not a number.
  package func double(in bytes: UnsafeRawBufferPointer) -> Double? {
    guard isNumber, let text = raw(in: bytes) else { return nil }
    if detail == Detail.decimal {
      if let short = ShortDecimal.double(in: bytes, range) { return short }
    } else if text.count <= 15, let short = shortInteger(text, in: bytes), short != 0 {
      // Up to 15 digits a double holds every integer; `-0` must keep its sign.
      return Double(short)
    }
    var value = 0.0
    let parsed = csj_double(text.baseAddress?.assumingMemoryBound(to: UInt8.self), text.count, &value)
    return parsed ? value : nil
  }

  /// An integer of at most 16 digits, which cannot overflow, `text` being its bytes; nil if it has more.
  @inline(__always)
  private func shortInteger(_ text: UnsafeRawBufferPointer, in bytes: UnsafeRawBufferPointer) -> Int64? {
    let negative = text[0] == UInt8(ascii: "-")
    let count = text.count &- (negative ? 1 : 0)
    // Words are read that end where the number does: there must be as many bytes before it.
    guard count > 0, count <= 16, start &+ length >= (count > 8 ? 16 : 8) else { return nil }
    let end = start &+ length
    var value = EightDigits.value(in: bytes, endingAt: end, count: min(count, 8))
    if count > 8 { value &+= 100_000_000 &* EightDigits.value(in: bytes, endingAt: end &- 8, count: count &- 8) }
    let magnitude = Int64(truncatingIfNeeded: value)
    return negative ? 0 &- magnitude : magnitude
  }
}

/// A JSON number taken apart without computing: sign, digits with at most one point among them, power of ten (RFC 8259 §6).
struct DecimalText {
  private let digits: Slice<UnsafeRawBufferPointer>
  private let negative: Bool
  /// Of the digits, those that stand before the decimal point once the exponent is applied. May be negative, or more than there
  /// are.
  private let wholeDigits: Int

  init(_ text: UnsafeRawBufferPointer) {
    negative = text.first == UInt8(ascii: "-")
    let unsigned = negative ? text.dropFirst() : text[...]
    let end = unsigned.firstIndex { $0 | 0x20 == UInt8(ascii: "e") } ?? unsigned.endIndex
    digits = unsigned[..<end]
    let point = digits.firstIndex(of: UInt8(ascii: ".")) ?? end
    wholeDigits = (point &- digits.startIndex) &+ Self.exponent(unsigned[end...])
  }

  /// The integer part, clamped to `Int64`, and whether it was not clamped.
  func truncated() -> (value: Int64, exact: Bool) {
    var magnitude: UInt64 = 0
    var seen = 0
    for byte in digits where byte != UInt8(ascii: ".") {
      if seen >= wholeDigits { break }
      seen &+= 1
      guard Self.append(byte &- UInt8(ascii: "0"), to: &magnitude) else { return clamped }
    }
    while seen < wholeDigits && magnitude != 0 {
      seen &+= 1
      guard Self.append(0, to: &magnitude) else { return clamped }
    }
    if negative { return magnitude <= 1 << 63 ? (Int64(truncatingIfNeeded: 0 &- magnitude), true) : clamped }
    return magnitude < 1 << 63 ? (Int64(truncatingIfNeeded: magnitude), true) : clamped
  }

  private var clamped: (Int64, Bool) { (negative ? .min : .max, false) }

  /// Ten times the magnitude and a digit; false when it is past every `Int64`.
  private static func append(_ digit: UInt8, to magnitude: inout UInt64) -> Bool {
    guard magnitude <= (1 << 63) / 10 else { return false }
    magnitude = magnitude &* 10 &+ UInt64(digit)
    return true
  }

  /// The number behind the `e`, clamped to ±10¹²: more than a body has digits.
  private static func exponent(_ text: Slice<UnsafeRawBufferPointer>) -> Int {
    var value = 0
    var negative = false
    for byte in text.dropFirst() {
      if byte == UInt8(ascii: "-") { negative = true }
      let digit = byte &- UInt8(ascii: "0")
      if digit < 10 && value < 100_000_000_000 { value = value &* 10 &+ Int(digit) }
    }
    return negative ? 0 &- value : value
  }
}
