import Testing

@testable import Gateway

@Suite struct CacheControlTextTests {
  @Test func aPartialAnswerIsKeptByNobody() {
    #expect(CacheControlText.partial == "no-store")
  }

  @Test(
    arguments: [
      (17_999, "private, max-age=17"), (17_000, "private, max-age=17"), (999, "private, max-age=0"), (0, "private, max-age=0"),
      (-1, "private, max-age=0"), (-60_000, "private, max-age=0"), (300_999, "private, max-age=300"),
      (301_000, "private, max-age=301"), (86_400_000, "private, max-age=86400"), (.max, "private, max-age=2147483648"),
      (.min, "private, max-age=0"),
    ] as [(Int64, String)])
  func whatIsFreshForSoLongMayBeKeptForSoLong(remaining: Int64, text: String) {
    #expect(CacheControlText.complete(remaining: remaining) == text)
  }

  @Test(arguments: [(0, 0), (999, 0), (1000, 1), (61_999, 61), (-5000, 0), (.max, 1 << 31), (.min, 0)] as [(Int64, Int64)])
  func theAgeIsRoundedDown(milliseconds: Int64, seconds: Int64) {
    #expect(CacheControlText.ageSeconds(milliseconds: milliseconds) == seconds)
  }

  /// RFC 9111 §4.2: what remains to a reader is `max-age` less `Age`.
  @Test func withAnAgeBesideItAReaderStillFindsWhatRemains() {
    #expect(CacheControlText.complete(remaining: 17_500, sentAge: 12) == "private, max-age=29")
    #expect(CacheControlText.complete(remaining: 17_500, sentAge: -1) == "private, max-age=17")
    #expect(CacheControlText.complete(remaining: .max, sentAge: .max) == "private, max-age=2147483648")
  }

  @Test(arguments: [
    ([], "accept-encoding"), (["Authorization"], "accept-encoding, authorization"),
    (["x-user-role", "authorization", "X-User-Id"], "accept-encoding, authorization, x-user-id, x-user-role"),
    (["x-user-id", "X-USER-ID", "Accept-Encoding"], "accept-encoding, x-user-id"),
  ])
  func anAnswerVariesWithItsCodingAndWithWhoAsks(fields: [String], text: String) {
    #expect(VaryText.make(identityFields: fields) == text)
  }
}
