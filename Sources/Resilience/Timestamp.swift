import Glibc

/// A moment of civil time, in milliseconds since 1970-01-01T00:00:00Z. For saying when; how long is measured with a monotonic clock.
package struct Timestamp: Sendable, Hashable, Comparable {
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  package static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

  /// RFC 3339 in UTC with milliseconds, `2026-03-01T09:30:00.250Z`: 24 ASCII bytes. Years outside 0000 to 9999 are clamped.
  package var rfc3339: String {
    let limited = withinFourDigitYears
    let (days, inDay) = Self.floorDivide(limited, 86_400_000)
    let (year, month, day) = Self.civil(daysSince1970: days)
    return String(unsafeUninitializedCapacity: 24) { buffer in
      var at = 0
      func put(_ value: Int64, digits: Int, then separator: Unicode.Scalar) {
        var rest = value
        for place in stride(from: at + digits - 1, through: at, by: -1) {
          buffer[place] = UInt8(truncatingIfNeeded: 48 + rest % 10)
          rest /= 10
        }
        buffer[at + digits] = UInt8(ascii: separator)
        at += digits + 1
      }
      put(year, digits: 4, then: "-")
      put(month, digits: 2, then: "-")
      put(day, digits: 2, then: "T")
      put(inDay / 3_600_000, digits: 2, then: ":")
      put(inDay / 60_000 % 60, digits: 2, then: ":")
      put(inDay / 1000 % 60, digits: 2, then: ".")
      put(inDay % 1000, digits: 3, then: "Z")
      return at
    }
  }

  /// The milliseconds, clamped to the years 0000 to 9999.
  var withinFourDigitYears: Int64 { min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999) }

  static func floorDivide(_ value: Int64, _ by: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: by)
    return remainder < 0 ? (quotient - 1, remainder + by) : (quotient, remainder)
  }

  /// The proleptic Gregorian date of a day number (H. Hinnant, "chrono-compatible low-level date algorithms").
  static func civil(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }

  /// The day number of a proleptic Gregorian date, the inverse of `civil`.
  static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let (era, yearOfEra) = floorDivide(month <= 2 ? year - 1 : year, 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
