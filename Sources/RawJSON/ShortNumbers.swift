/// Up to eight decimal digits read at once: 20 instructions where one after the other takes 6 each.
enum EightDigits {
  /// The number that the last `count` (1 … 8) bytes before `end`, which is 8 at least, are the digits of. Bytes that are no digits give
  /// some other number.
  @inline(__always)
  static func value(in bytes: UnsafeRawBufferPointer, endingAt end: Int, count: Int) -> UInt64 {
    value(of: word(in: bytes, endingAt: end), count)
  }

  /// The same; nil if one of the bytes is no digit.
  @inline(__always)
  static func checkedValue(in bytes: UnsafeRawBufferPointer, endingAt end: Int, count: Int) -> UInt64? {
    let word = word(in: bytes, endingAt: end)
    // A digit is 0x30 … 0x39: its high half is 3, and stays 3 when 6 is added.
    let high = (word ^ 0x3030_3030_3030_3030) | ((word &+ 0x0606_0606_0606_0606) ^ 0x3030_3030_3030_3030)
    return high & 0xF0F0_F0F0_F0F0_F0F0 & mask(count) == 0 ? value(of: word, count) : nil
  }

  @inline(__always)
  private static func word(in bytes: UnsafeRawBufferPointer, endingAt end: Int) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: end &- 8, as: UInt64.self))
  }

  /// The bytes of a word that the last `count` are in.
  @inline(__always)
  private static func mask(_ count: Int) -> UInt64 { UInt64.max &<< UInt64(truncatingIfNeeded: 64 &- 8 &* count) }

  @inline(__always)
  private static func value(of word: UInt64, _ count: Int) -> UInt64 {
    // The low half of a digit's byte is its value; what stands before the first digit becomes leading zeros.
    let digits = word & 0x0F0F_0F0F_0F0F_0F0F & mask(count)
    // Neighbours are joined three times: to numbers of two, four and eight digits.
    let pairs = (digits &* (1 + 10 << 8)) >> 8 & 0x00FF_00FF_00FF_00FF
    let fours = (pairs &* (1 + 100 << 16)) >> 16 & 0x0000_FFFF_0000_FFFF
    return (fours &* (1 + 10_000 << 32)) >> 32
  }
}

/// Numbers that a double is exactly computed for with one division: an integer up to 2⁵³ and a power of ten up to 10²² are doubles
/// themselves, and IEEE 754 rounds their quotient once (W. D. Clinger, "How to read floating point numbers accurately", 1990).
enum ShortDecimal {
  /// The nearest double to the number in bytes `range`: digits, of which at most eight stand before the point and one to eight behind
  /// it, as in `-12.054219`. Nil for all others.
  @inline(__always)
  static func double(in bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Double? {
    let negative = bytes[range.lowerBound] == UInt8(ascii: "-")
    let first = range.lowerBound &+ (negative ? 1 : 0)
    var whole: UInt64 = 0
    var point = first
    while point < range.upperBound {
      let digit = bytes[point] &- UInt8(ascii: "0")
      if digit >= 10 { break }
      whole = whole &* 10 &+ UInt64(digit)
      point &+= 1
    }
    let count = range.upperBound &- point &- 1
    // Eight digits and eight are below 2⁵³ × 2, so that is asked too.
    guard point > first, point &- first <= 8, count >= 1, count <= 8, range.upperBound >= 8, bytes[point] == UInt8(ascii: "."),
      let fraction = EightDigits.checkedValue(in: bytes, endingAt: range.upperBound, count: count)
    else { return nil }
    var scale: UInt64 = 10
    for _ in 1..<count { scale = scale &* 10 }
    let digits = whole &* scale &+ fraction
    guard digits <= 1 << 53 else { return nil }
    let magnitude = Double(digits) / Double(scale)
    return negative ? -magnitude : magnitude
  }
}
