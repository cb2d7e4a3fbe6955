import Resilience
import TestSupport
import Testing

@testable import Identity

@Suite struct TextTests {
  @Test func base64URLGivesBackWhatItWasGiven() {
    var random = SeededGenerator(seed: 4648)
    for length in 0..<200 {
      let bytes = random.bytes(length)
      #expect(Base64URL.decode(Base64URL.encode(bytes).utf8) == bytes)
    }
    #expect(Base64URL.encode([0xFB, 0xEF, 0xFF]) == "--__")
  }

  /// Of all texts of two letters only those that a decoder has written: 256 of 4,096.
  @Test func thereIsOneWayToWriteBytes() {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var good = 0
    for first in alphabet {
      for second in alphabet where Base64URL.decode([first, second]) != nil { good += 1 }
    }
    #expect(good == 256)
    for text in ["A", "AAAAA", "AA==", "A A", "AA\n", "+/AA", "AA.A", "é"] {
      #expect(Base64URL.decode(text.utf8) == nil, "\(text)")
    }
  }

  @Test(arguments: [
    "0", "-0", "1e5", "1E+5", "-1.25e-3", "[]", "{}", " [ 1 , \"a\" , null , true , false ] ", "\"\\u00e9\\ud83d\\ude00\\/\\b\"",
    "{\"a\":{\"a\":1},\"b\":{\"a\":1}}",
  ]) func jsonIsRead(text: String) { #expect(StrictJSON(Array(text.utf8)) != nil) }

  @Test(arguments: [
    "", " ", "01", "-", "+1", "1.", ".1", "1e", "0x1", "tru", "nulll", "'a'", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{a:1}",
    "{\"a\":1,}",
    "{\"a\":1,\"a\":1}", "\"\u{1}\"", "\"\\q\"", "\"\\u12\"", "\"\\ud800x\"", "\"\\udc00\"", "\"", "[", "1 2", "\u{FEFF}1", "NaN",
  ]) func whatIsNoJSONIsRefused(text: String) { #expect(StrictJSON(Array(text.utf8)) == nil) }

  @Test func depthIsBounded() {
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }
    #expect(StrictJSON(nested(16)) != nil && StrictJSON(nested(17)) == nil && StrictJSON(nested(100_000)) == nil)
  }

  @Test func whatIsNotSeenIsNotVisible() {
    for text in ["", "a\u{0}", "\n", "\u{7F}", "\u{85}", "\u{200B}", "\u{202E}", "\u{2028}", "\u{FEFF}"] {
      #expect(!text.isVisible(atMost: 100), "\(text.unicodeScalars.map(\.value))")
    }
    #expect("ada lovelace".isVisible(atMost: 12) && "Зоя 😀".isVisible(atMost: 100) && !"abc".isVisible(atMost: 2))
    #expect("K" == "\u{212A}" && !"K".isExactly("\u{212A}"))
  }

  @Test func aTimeIsReadAsItIsWritten() {
    for milliseconds: Int64 in [0, 1, 1_750_000_000_123, 951_782_400_000, -1, 253_402_300_799_999] {
      let time = Timestamp(milliseconds: milliseconds)
      #expect(Timestamp(rfc3339: time.rfc3339) == time)
    }
    #expect(Timestamp(rfc3339: "2000-02-29T00:00:00Z") == Timestamp(milliseconds: 951_782_400_000))
    for text in [
      "", "2026-03-01", "2026-03-01T09:30:00", "2026-03-01T09:30:00+00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
      "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
      "2026-01-01t00:00:00Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00.12Z", "２026-01-01T00:00Z", "-026-01-01T00:00:00Z",
    ] { #expect(Timestamp(rfc3339: text) == nil, "\(text)") }
  }
}
