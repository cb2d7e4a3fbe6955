/// Dates and times of day as the metrics service writes them, turned into numbers that order as the texts do.
enum CivilTime {
  static let secondsOfDay: UInt32 = 86_400

  /// `YYYY-MM-DD` as year × 10⁴ + month × 10² + day; nil unless the day exists in the Gregorian calendar.
  static func day(_ text: UnsafeRawBufferPointer) -> UInt32? {
    guard text.count == 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-") else { return nil }
    let (century, year, month, day) = (pair(text, 0), pair(text, 2), pair(text, 5), pair(text, 8))
    guard century < 100, year < 100, month >= 1, month <= 12, day >= 1,
      day <= 28 || day <= days(in: month, of: century * 100 + year)
    else { return nil }
    return (century * 100 + year) * 10_000 + month * 100 + day
  }

  /// `HH:MM:SS` as seconds since midnight; nil for anything else.
  static func secondOfDay(_ text: UnsafeRawBufferPointer) -> UInt32? {
    guard text.count == 8, text[2] == UInt8(ascii: ":"), text[5] == UInt8(ascii: ":") else { return nil }
    let (hour, minute, second) = (pair(text, 0), pair(text, 3), pair(text, 6))
    guard hour < 24, minute < 60, second < 60 else { return nil }
    return hour * 3600 + minute * 60 + second
  }

  private static func days(in month: UInt32, of year: UInt32) -> UInt32 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Two digits as a number; 100 if one of them is none. Always two: a loop over any number of them costs three times as much.
  @inline(__always)
  private static func pair(_ text: UnsafeRawBufferPointer, _ place: Int) -> UInt32 {
    let tens = text[place] &- UInt8(ascii: "0")
    let ones = text[place &+ 1] &- UInt8(ascii: "0")
    return tens < 10 && ones < 10 ? UInt32(tens) &* 10 &+ UInt32(ones) : 100
  }
}
