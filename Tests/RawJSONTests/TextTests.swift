import RawJSON
import Testing

@Suite struct TextTests {
  /// The texts of a list's elements, for as long as the closure runs.
  private func withTexts<Result>(_ json: String, _ body: ([JSONText]) -> Result) throws -> Result {
    let bytes = Array(json.utf8)
    let index = try scan(bytes, ScanPlan(rows: .rootElements, columns: ["t"]))
    return bytes.withUnsafeBytes { bytes in
      body((0..<index.rowCount).compactMap { index.cell(row: $0, column: 0).identifier(in: bytes) })
    }
  }

  @Test func textsAreEqualIfTheirContentIs() throws {
    let json = #"[{"t":"views"},{"t":"vi\u0065ws"},{"t":"v\u0069ew\u0073"},{"t":"view"},{"t":"views\n"},{"t":""}]"#
    try withTexts(json) { texts in
      #expect(texts[0] == texts[1] && texts[1] == texts[2])
      #expect(texts[0] != texts[3] && texts[1] != texts[4] && texts[5] != texts[3])
      #expect(texts[0].hashValue == texts[1].hashValue)
      #expect(Set(texts).count == 4)
      #expect(texts[0] == "views" && texts[1] == "views" && !(texts[3] == "views") && texts[5] == "" && texts[5].isEmpty)
    }
  }

  @Test func textsAreOrderedAsTheirBytes() throws {
    let json = #"[{"t":"2025-09-02"},{"t":"2025-09-0\u0031"},{"t":"2025-09"},{"t":"N\/A"},{"t":"é"},{"t":""}]"#
    try withTexts(json) { texts in
      #expect(texts.sorted().map(\.string) == ["", "2025-09", "2025-09-01", "2025-09-02", "N/A", "é"])
    }
  }

  @Test func aNumberAndItsTextAreTheSameIdentifier() throws {
    try withTexts(#"[{"t":7},{"t":"7"},{"t":"\u0037"},{"t":7.0},{"t":null},{"t":true},{"t":-7}]"#) { texts in
      #expect(texts.map(\.string) == ["7", "7", "7", "-7"])
      #expect(Set(texts).count == 2)
    }
  }

  @Test(arguments: [
    (#""""#, ""), (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u20AC\uD83D\uDE00""#, "Aé€😀"),
    (#""\uDBFF\uDFFF\u0000""#, "\u{10FFFF}\u{0}"),
    (#""\ud83d""#, "\u{FFFD}"), (#""\ud83dx""#, "\u{FFFD}x"), (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
    (
      #""\ud83d\ud83d\ude00""#,
      "\u{FFFD}😀"
    ), (#""\ud83d\u0041""#, "\u{FFFD}A"),
    (#""花\n子""#, "花\n子"), (#""\\u0041""#, "\\u0041"),
  ])
  func stringsAreUnescaped(_ json: String, _ expected: String) throws {
    let bytes = Array(json.utf8)
    let index = try scan(bytes)
    #expect(bytes.withUnsafeBytes { index.root.cell.string(in: $0) } == expected)
  }

  @Test(arguments: ["1", "null", "[]", "{}", "true"])
  func whatIsNoStringHasNoText(_ json: String) throws {
    let bytes = Array(json.utf8)
    let index = try scan(bytes)
    #expect(bytes.withUnsafeBytes { index.root.cell.string(in: $0) } == nil)
  }
}
