import Resilience
import Testing
import TestSupport

@Suite struct TimestampHTTPDateTests {
  private static let example = Int64(784_111_777_000)

  @Test(arguments: [
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (example, "Sun, 06 Nov 1994 08:49:37 GMT"),
    (951_827_696_789, "Tue, 29 Feb 2000 12:34:56 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
    (Int64.max, "Fri, 31 Dec 9999 23:59:59 GMT"), (Int64.min, "Sat, 01 Jan 0000 00:00:00 GMT"),
  ])
  func aDateIsWrittenAsIMFFixdate(milliseconds: Int64, text: String) {
    #expect(Timestamp(milliseconds: milliseconds).httpDate == text)
  }

  @Test(arguments: [
    "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun Nov 06 08:49:37 1994",
    // The day of the week is not compared with the date.
    "Mon, 06 Nov 1994 08:49:37 GMT",
  ])
  func allThreeFormsAreRead(text: String) {
    #expect(Timestamp(httpDate: text) == Timestamp(milliseconds: Self.example))
  }

  @Test(arguments: [
    "", " ", "0", "120", "Sun", "Sun,", "Sunday", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 GMT ", " Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 nov 1994 08:49:37 GMT", "sun, 06 Nov 1994 08:49:37 GMT", "Sux, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06-Nov-94 08:49:37 GMT", "Sunday, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-1994 08:49:37 GMT", "Sunday Nov  6 08:49:37 1994", "Sun Nov  6 08:49:37 94", "Sun Nov 6 08:49:37 1994",
    "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 30 Feb 2000 08:49:37 GMT",
    "Sun, 29 Feb 1900 08:49:37 GMT", "Sun, 29 Feb 2001 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, -6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov +994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT\0", "Sün, 06 Nov 1994 08:49:37 GMT",
    "Sun, ٠٦ Nov 1994 08:49:37 GMT", "Sun, 06 November 1994 08:49:37 GMT",
  ])
  func anythingElseIsRefused(text: String) {
    #expect(Timestamp(httpDate: text) == nil)
  }

  @Test(arguments: [
    ("29 Feb 2000 00:00:00", 951_782_400_000), ("29 Feb 2024 23:59:59", 1_709_251_199_000),
    ("31 Dec 1998 23:59:60", 915_148_800_000), ("01 Jan 0000 00:00:00", -62_167_219_200_000),
    ("31 Dec 9999 23:59:59", 253_402_300_799_000),
  ])
  func leapDaysLeapSecondsAndTheEndsOfTimeAreRead(text: String, milliseconds: Int64) {
    #expect(Timestamp(httpDate: "Sun, \(text) GMT") == Timestamp(milliseconds: milliseconds))
  }

  /// RFC 9110: more than 50 years ahead means the most recent past year with those digits.
  @Test(arguments: [
    ("94", "1994"), ("26", "2026"), ("27", "2027"), ("75", "2075"), ("76", "2076"), ("77", "1977"), ("00", "2000"),
  ])
  func aYearOfTwoDigitsIsAtMostFiftyYearsAhead(short: String, year: String) throws {
    let now = try #require(Timestamp(httpDate: "Sun, 01 Mar 2026 09:30:00 GMT"))
    let date = try #require(Timestamp(httpDate: "Sunday, 06-Nov-\(short) 08:49:37 GMT", now: now))
    #expect(date.httpDate.contains("06 Nov \(year) "))
  }

  @Test(arguments: [Int64.min, -1, 0, Int64.max]) func anOddNowDoesNotTrap(now: Int64) {
    #expect(Timestamp(httpDate: "Sunday, 06-Nov-94 08:49:37 GMT", now: Timestamp(milliseconds: now)) != nil)
  }

  @Test func everythingWrittenIsReadBack() {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<20_000 {
      let seconds = Int64.random(in: -62_167_219_200...253_402_300_799, using: &random)
      let timestamp = Timestamp(milliseconds: seconds * 1000)
      #expect(Timestamp(httpDate: timestamp.httpDate) == timestamp)
      // The date agrees with the other writer.
      #expect(timestamp.rfc3339.dropFirst(11).prefix(8) == timestamp.httpDate.dropFirst(17).prefix(8))
      #expect(timestamp.rfc3339.prefix(4) == timestamp.httpDate.dropFirst(12).prefix(4))
    }
  }

  @Test func mutatedDatesAreReadOrRefusedButDoNotTrap() {
    var random = SeededGenerator(seed: 2)
    let forms = ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
    for round in 0..<20_000 {
      var bytes = Array(forms[round % 3].utf8)
      for _ in 0..<random.draw(1..<4) {
        let place = random.draw(0..<bytes.count)
        switch random.draw(0..<3) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.remove(at: place)
        default: bytes.insert(bytes[random.draw(0..<bytes.count)], at: place)
        }
      }
      if let read = Timestamp(httpDate: String(decoding: bytes, as: UTF8.self)) {
        #expect(Timestamp(httpDate: read.httpDate) == read)
      }
    }
  }
}
