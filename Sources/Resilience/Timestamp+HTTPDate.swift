/// HTTP's dates (RFC 9110 §5.6.7): whole seconds, always GMT.
extension Timestamp {
  private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// IMF-fixdate, `Sun, 06 Nov 1994 08:49:37 GMT`: 29 ASCII bytes. Milliseconds are dropped; years outside 0000 to 9999 are clamped.
  package var httpDate: String {
    let limited = withinFourDigitYears
    let (days, inDay) = Self.floorDivide(limited, 86_400_000)
    let (year, month, day) = Self.civil(daysSince1970: days)
    // 1970-01-01 was a Thursday.
    let weekday = Self.weekdays[Int(Self.floorDivide(days + 4, 7).remainder)]
    let (hour, minute, second) = (inDay / 3_600_000, inDay / 60_000 % 60, inDay / 1000 % 60)
    func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let date = "\(two(day)) \(Self.months[Int(month) - 1]) \(two(year / 100))\(two(year % 100))"
    return "\(weekday.prefix(3)), \(date) \(two(hour)):\(two(minute)):\(two(second)) GMT"
  }

  /// Reads an HTTP-date in any of its three forms; nil for anything else. Names are compared with case, as the RFC has it, and the day
  /// of the week must be one but need not be the date's.
  ///
  /// ```
  /// Sun, 06 Nov 1994 08:49:37 GMT    IMF-fixdate
  /// Sunday, 06-Nov-94 08:49:37 GMT   obsolete, RFC 850
  /// Sun Nov  6 08:49:37 1994         obsolete, asctime
  /// ```
  ///
  /// - Parameter now: what a year of two digits is read against: the latest such year at most 50 years ahead.
  package init?(httpDate: String, now: Timestamp = .now()) {
    var text = Scanner(rest: httpDate.utf8[...])
    guard let weekday = text.name(of: Self.weekdays, orPrefix: 3) else { return nil }
    let fields: Fields?
    if !text.skip(",") {
      fields = weekday.isWhole ? nil : text.asctime()
    } else {
      fields = weekday.isWhole ? text.rfc850(now: now) : text.fixdate()
    }
    guard let fields, text.rest.isEmpty, let milliseconds = fields.milliseconds else { return nil }
    self.init(milliseconds: milliseconds)
  }

  private struct Fields {
    var year: Int64
    var month: Int64
    var day: Int64
    /// Seconds of the day; a leap second is the next day's first.
    var time: Int64

    var milliseconds: Int64? {
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      let length: Int64 = month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
      guard (1...length).contains(day) else { return nil }
      return (Timestamp.days(year: year, month: month, day: day) * 86_400 + time) * 1000
    }
  }

  private struct Scanner {
    var rest: Substring.UTF8View

    mutating func skip(_ text: StaticString) -> Bool {
      let bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
      guard rest.starts(with: bytes) else { return false }
      rest = rest.dropFirst(bytes.count)
      return true
    }

    mutating func digits(_ count: Int) -> Int64? {
      let found = rest.prefix(count)
      guard found.count == count, found.allSatisfy({ (48...57).contains($0) }) else { return nil }
      rest = rest.dropFirst(count)
      return found.reduce(0) { $0 * 10 + Int64($1) - 48 }
    }

    /// One of the names, whole or its first letters.
    mutating func name(of names: [String], orPrefix length: Int) -> (index: Int, isWhole: Bool)? {
      for (index, name) in names.enumerated() where rest.starts(with: name.utf8.prefix(length)) {
        let isWhole = rest.starts(with: name.utf8)
        rest = rest.dropFirst(isWhole ? name.utf8.count : length)
        return (index, isWhole)
      }
      return nil
    }

    mutating func month() -> Int64? { name(of: Timestamp.months, orPrefix: 3).map { Int64($0.index) + 1 } }

    /// `08:49:37`, as seconds of the day.
    mutating func time() -> Int64? {
      guard let hour = digits(2), hour < 24, skip(":"), let minute = digits(2), minute < 60, skip(":"), let second = digits(2),
        second <= 60
      else { return nil }
      return hour * 3600 + minute * 60 + second
    }

    /// ` 06 Nov 1994 08:49:37 GMT`
    mutating func fixdate() -> Fields? {
      guard skip(" "), let day = digits(2), skip(" "), let month = month(), skip(" "), let year = digits(4), skip(" "),
        let time = time(), skip(" GMT")
      else { return nil }
      return Fields(year: year, month: month, day: day, time: time)
    }

    /// ` 06-Nov-94 08:49:37 GMT`
    mutating func rfc850(now: Timestamp) -> Fields? {
      guard skip(" "), let day = digits(2), skip("-"), let month = month(), skip("-"), let short = digits(2), skip(" "),
        let time = time(), skip(" GMT")
      else { return nil }
      let today = Timestamp.floorDivide(now.withinFourDigitYears, 86_400_000).quotient
      let limit = Timestamp.civil(daysSince1970: today).year + 50
      return Fields(year: limit - Timestamp.floorDivide(limit - short, 100).remainder, month: month, day: day, time: time)
    }

    /// ` Nov  6 08:49:37 1994`
    mutating func asctime() -> Fields? {
      guard skip(" "), let month = month(), skip(" "), let day = skip(" ") ? digits(1) : digits(2), skip(" "), let time = time(),
        skip(" "), let year = digits(4)
      else { return nil }
      return Fields(year: year, month: month, day: day, time: time)
    }
  }
}
