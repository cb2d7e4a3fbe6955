/// Dates and times of day as the metrics service writes them, turned into numbers that order as the texts do.
enum CivilTime {
  static let secondsOfDay: UInt32 = 86_400

  /// `YYYY-MM-DD` as year × 10⁴ + month × 10² + day; nil unless the day exists in the Gregorian calendar.
  static func day(_ text: UnsafeRawBufferPointer) -> UInt32? {
    guard text.count == 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
      let year = number(text, 0..<4), let month = number(text, 5..<7), let day = number(text, 8..<10),
      (1...12).contains(month), day >= 1, day <= days(in: month, of: year)
    else { return nil }
    return year * 10_000 + month * 100 + day
  }

  /// `HH:MM:SS` as seconds since midnight; nil for anything else.
  static func secondOfDay(_ text: UnsafeRawBufferPointer) -> UInt32? {
    guard text.count == 8, text[2] == UInt8(ascii: ":"), text[5] == UInt8(ascii: ":"),
      let hour = number(text, 0..<2), let minute = number(text, 3..<5), let second = number(text, 6..<8),
      hour < 24, minute < 60, second < 60
    else { return nil }
    return hour * 3600 + minute * 60 + second
  }

  private static func days(in month: UInt32, of year: UInt32) -> UInt32 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static func number(_ text: UnsafeRawBufferPointer, _ places: Range<Int>) -> UInt32? {
    var value: UInt32 = 0
    for place in places {
      let digit = text[place] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      value = value * 10 + UInt32(digit)
    }
    return value
  }
}
