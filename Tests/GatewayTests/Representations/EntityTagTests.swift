import NIOCore
import Testing

@testable import Gateway

/// RFC 9110 §8.8.3.
@Suite struct EntityTagTests {
  @Test(arguments: ["\"\"", "\"abc\"", "W/\"abc\"", "W/\"\"", "\"a,b\"", "\"!#~\"", "\"W/\"", "\"é\""])
  func whatIsATag(text: String) throws {
    let tag = try #require(EntityTag(text))
    #expect(tag.text == text)
    #expect(tag.isWeak == text.hasPrefix("W/"))
  }

  @Test(arguments: [
    "", "abc", "\"", "\"abc", "abc\"", "w/\"abc\"", "W\"abc\"", "W/abc", "W/", " \"abc\"", "\"abc\" ", "\"a b\"", "\"a\tb\"",
    "\"a\u{7F}\"", "\"a\"b\"", "\"a\", \"b\"", "*", "W /\"a\"", "W/W/\"a\"",
  ])
  func whatIsNone(text: String) {
    #expect(EntityTag(text) == nil)
  }

  /// The table of §8.8.3.2.
  @Test(arguments: [
    ("W/\"1\"", "W/\"1\"", false, true), ("W/\"1\"", "W/\"2\"", false, false), ("W/\"1\"", "\"1\"", false, true),
    ("\"1\"", "\"1\"", true, true), ("\"1\"", "\"2\"", false, false), ("\"1\"", "\"1 \"", false, false),
    // One looks like the other, and is other bytes.
    ("\"\u{E9}\"", "\"e\u{301}\"", false, false),
  ])
  func theTwoComparisons(left: String, right: String, strong: Bool, weak: Bool) throws {
    guard let left = EntityTag(left), let right = EntityTag(right) else { return #expect(!strong && !weak) }
    #expect(left.isStronglyEqual(to: right) == strong && right.isStronglyEqual(to: left) == strong)
    #expect(left.isWeaklyEqual(to: right) == weak && right.isWeaklyEqual(to: left) == weak)
  }

  @Test func aCodingHasATagOfItsOwn() throws {
    let tag = try #require(EntityTag("\"abc\""))
    #expect(tag.coded(.br).text == "\"abc-br\"")
    #expect(tag.coded(.gzip).text == "\"abc-gzip\"")
    #expect(tag.coded(.identity).text == "\"abc\"")
    #expect(EntityTag(tag.coded(.br).text) != nil)
  }

  /// SHA-256 of "abc" begins ba7816bf 8f01cfea 414140de 5dae2223 (FIPS 180-4).
  @Test func theTagOfBytesIsHalfTheirDigestInBase64URL() {
    #expect(EntityTag(hashing: [ByteBuffer(string: "abc")]).text == "\"ungWv48Bz-pBQUDeXa4iIw\"")
  }

  @Test func howTheBytesAreDividedDoesNotShow() {
    let whole = EntityTag(hashing: [ByteBuffer(string: "abc")])
    let divided = EntityTag(hashing: [ByteBuffer(string: "a"), ByteBuffer(), ByteBuffer(string: "bc")])
    #expect(whole.isStronglyEqual(to: divided))
    #expect(!whole.isWeaklyEqual(to: EntityTag(hashing: [ByteBuffer(string: "abd")])))
    #expect(!whole.isWeaklyEqual(to: EntityTag(hashing: [])))
  }
}
