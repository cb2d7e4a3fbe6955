import Testing

@testable import Caching

@Suite struct ValidatorsTests {
  private static let date = "Sun, 06 Nov 1994 08:49:37 GMT"

  @Test(arguments: ["\"abc\"", "W/\"abc\"", "\"\"", "\"é\"", "\"a!#~\""]) func entityTagsAreSentBackAsTheyCame(etag: String) {
    let validators = Validators(fields: [(name: "ETag", value: etag), (name: "Last-Modified", value: Self.date)])
    #expect(validators.conditionalFields.map(\.name) == ["if-none-match", "if-modified-since"])
    #expect(validators.conditionalFields.map(\.value) == [etag, Self.date])
  }

  @Test(arguments: [
    "", "abc", "\"", "w/\"a\"", "\"a\"b\"", "\"a b\"", "\"a\r\nX: y\"", "*", "\"\u{7F}\"", "\"a\", \"b\"", "W/", "W/\"",
  ])
  func whatIsNoEntityTagIsLeftOut(etag: String) {
    #expect(Validators(etag: etag, lastModified: nil).isEmpty)
  }

  @Test func whatComesBackFromRedisIsGoodForAHeaderFieldOrLeftOut() {
    let stored = Validators(storedETag: "\"abc\"", lastModified: Self.date)
    #expect(stored == Validators(etag: "\"abc\"", lastModified: Self.date))
    #expect(Validators(storedETag: "", lastModified: "") == .none)
    for bad in ["a\r\nX: y", "\n", "\u{0}", "\u{7F}", "é"] {
      #expect(Validators(storedETag: bad, lastModified: bad) == .none)
    }
  }

  @Test func aLongTagAndADateThatIsNoneAreLeftOut() {
    #expect(Validators(etag: "\"" + String(repeating: "a", count: 511) + "\"", lastModified: "yesterday") == .none)
    #expect(Validators(etag: nil, lastModified: Self.date).conditionalFields.count == 1)
  }
}
