/// Durations as configuration writes them: `250ms`, `1.5s`, `5m`, `1h`, `500us`.
///
/// A number always has its unit, is never negative, and never traps: what does not fit is nil. Digits after the ninth decimal
/// are dropped.
enum DurationText {
  private static let attoseconds: [(unit: String, count: Int128)] = [
    ("h", 3_600_000_000_000_000_000_000), ("m", 60_000_000_000_000_000_000), ("s", 1_000_000_000_000_000_000),
    ("ms", 1_000_000_000_000_000), ("us", 1_000_000_000_000), ("µs", 1_000_000_000_000), ("μs", 1_000_000_000_000),
  ]

  static func parse(_ text: String) -> Duration? {
    let bytes = Array(text.trimmed.utf8)
    let whole = bytes.prefix(while: \.isDigit)
    var rest = bytes.dropFirst(whole.count)
    var decimals = ArraySlice<UInt8>()
    if rest.first == UInt8(ascii: ".") {
      decimals = rest.dropFirst().prefix(while: \.isDigit)
      rest = rest.dropFirst(decimals.count + 1)
      guard !decimals.isEmpty else { return nil }
    }
    let unit = String(decoding: rest, as: UTF8.self)
    guard !whole.isEmpty, let count = value(of: whole), let scale = attoseconds.first(where: { $0.unit == unit })?.count else {
      return nil
    }
    let (main, overflow) = count.multipliedReportingOverflow(by: scale)
    let (sum, carried) = main.addingReportingOverflow(fraction(decimals.prefix(9), of: scale))
    guard !overflow, !carried, sum <= longest else { return nil }
    return Duration(attoseconds: sum)
  }

  /// The largest unit that says it exactly, from `h` to `us`: `5m`, `1500ms`, `0s`. Below a microsecond it rounds down.
  static func render(_ duration: Duration) -> String {
    let total = duration.attoseconds
    guard total != 0 else { return "0s" }
    let unit = attoseconds.prefix(5).first { total % $0.count == 0 } ?? ("us", 1_000_000_000_000)
    return "\(total / unit.count)\(unit.unit)"
  }

  static func allowed(_ range: ClosedRange<Duration>) -> String {
    "a number with its unit (us, ms, s, m, h), from \(render(range.lowerBound)) to \(render(range.upperBound))"
  }

  /// What a `Duration` holds without loss of its whole seconds (`Int64`).
  private static let longest = Int128(Int64.max) * 1_000_000_000_000_000_000

  /// At most 18 digits besides leading zeros; nil beyond.
  private static func value(of digits: ArraySlice<UInt8>) -> Int128? {
    let significant = digits.drop { $0 == UInt8(ascii: "0") }
    guard significant.count <= 18 else { return nil }
    return significant.reduce(0) { $0 * 10 + Int128($1 - UInt8(ascii: "0")) }
  }

  /// `25` of a second is 0.25 s. At most nine digits: 10⁹ × an hour in attoseconds is far inside `Int128`.
  private static func fraction(_ digits: ArraySlice<UInt8>, of scale: Int128) -> Int128 {
    let divisor = digits.reduce(Int128(1)) { power, _ in power * 10 }
    let numerator = digits.reduce(Int128(0)) { $0 * 10 + Int128($1 - UInt8(ascii: "0")) }
    return numerator * scale / divisor
  }
}
