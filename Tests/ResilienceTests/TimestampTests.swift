import Resilience
import Testing

@Suite struct TimestampTests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"),
    (1_772_357_400_250, "2026-03-01T09:30:00.250Z"),
    (951_827_696_789, "2000-02-29T12:34:56.789Z"),
    (-1, "1969-12-31T23:59:59.999Z"),
    (Int64.max, "9999-12-31T23:59:59.999Z"),
    (Int64.min, "0000-01-01T00:00:00.000Z"),
  ])
  func rfc3339IsUTCWithMilliseconds(milliseconds: Int64, text: String) {
    #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
  }
}
