extension Timestamp {
  /// Reads what `rfc3339` writes, and the same without milliseconds: `2026-03-01T09:30:00.250Z`, `2026-03-01T09:30:00Z`. Nil for
  /// all else: another zone, a lower-case letter, a day that is none, a leap second.
  package init?(rfc3339 text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 20 || bytes.count == 24, bytes.last == UInt8(ascii: "Z") else { return nil }
    for (place, mark) in [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")] as [(Int, Unicode.Scalar)] {
      guard bytes[place] == UInt8(ascii: mark) else { return nil }
    }
    func number(_ range: Range<Int>) -> Int64? {
      guard bytes[range].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
      return bytes[range].reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
      let minute = number(14..<16), let second = number(17..<19), 1...12 ~= month, hour < 24, minute < 60, second < 60
    else { return nil }
    var fraction: Int64 = 0
    if bytes.count == 24 {
      guard bytes[19] == UInt8(ascii: "."), let milliseconds = number(20..<23) else { return nil }
      fraction = milliseconds
    }
    let days = Self.days(year: year, month: month, day: day)
    // A day that the month has not would be one of the next.
    guard Self.civil(daysSince1970: days) == (year, month, day) else { return nil }
    self.init(milliseconds: ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + fraction)
  }
}
