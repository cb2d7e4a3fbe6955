import RawJSON
import Testing

/// Cases in the manner of JSONTestSuite: y must be accepted, n refused, i we decided ourselves.
@Suite struct GrammarTests {
  @Test(arguments: [
    "null", "true", "false", "0", "-0", "1", "-1", "10", "0.0", "-0.0", "1.5", "1e5", "1E5", "1e+5", "1e-5", "0e0", "0E+00",
    "1.25e-7",
    "\"\"", "\"a\"", "\" \"", #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\uD83D\uDE00""#, #""\uaBcD""#, "\"\u{7F}\"",
    "\"\u{2028}\u{2029}\"",
    "\"\u{10FFFF}\"", "\"é花😀\"", #""\\""#, #""\\\\""#, #""\\\"""#, #""a\\""#, "[]", "[ ]", "{}", "{ }", "[[]]", "[{}]",
    "{\"a\":{}}", "[1,2,3]",
    "[null]", "[\"\"]", "{\"\":0}", "{\"a\":1,\"b\":2}", "{\"a\":1,\"a\":2}", " [1] ", "\n[\t1\r]\n", "[1 , 2]",
    "{\"a\" : 1 , \"b\" : [ ] }", "[\"a\" ,\"b\"]",
    "\t\n\r null\t\n\r ", "[\"[\",\"{\",\"]\",\"}\",\",\",\":\"]", #"["\u005B","\"]"]"#, "123456789012345678901234567890",
    "1e999", "-1e-999", "[1e300]",
    "9223372036854775808", "18446744073709551616", "0.1e1", "[0,-0,0.0]", "{\"a\":\"b\",\"c\":[true,false,null]}",
  ])
  func isAccepted(_ text: String) {
    #expect(refusal(text) == nil)
    #expect(ReferenceJSON.parse(Array(text.utf8)) != nil)
  }

  @Test(arguments: [
    // structure
    "[", "]", "{", "}", "[1", "[1,", "[,", "[,1]", "[1,]", "[1,,2]", "[1 2]", "[1]]", "[[1]", "[1}", "{1]", "{]", "[}", "{\"a\"}",
    "{\"a\":}", "{\"a\":1,}", "{,}",
    "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{\"a\":1,,\"b\":2}", "{:1}", "{1:1}", "{a:1}", "{null:1}", "{\"a\":1:2}", "{\"a\",\"b\"}",
    "{[]:1}", "[\"a\":1]", ":", ",", "[:]",
    "[1][2]", "{}{}", "null null", "1 2", "[] x", "{} ,", "\"a\" \"b\"", "\"a\"b", "a\"b\"", "1\"a\"", "[1\"a\"]", "[\"a\"1]",
    "[\"a\"\"b\"]", "[[[[", "]]]]", "{\"a\":{\"b\":", "[1,2}}",
    // literals
    "nul", "nulll", "null1", "nullnull", "True", "TRUE", "tru", "truee", "fals", "falsee", "true1", "[nul]", "[true,fals]",
    "undefined", "NaN", "Infinity", "-Infinity",
    "-NaN", "[nul ]", "n ull", "t", "f", "n", "[tRue]", "null\u{0B}", "null\u{0C}",
    // numbers
    "-", "+1", "+0", "01", "-01", "00", "1.", ".1", "-.1", "1.e5", "1e", "1e+", "1E-", "1e1.5", "0x1", "1_000", "1,000", "--1",
    "1-", "1+1", "1e5e5", "1.2.3", "0.", "0e", "-e1",
    "1a", "[1a]", "[-]", "[1.]", "[01]", "[+1]", "[.5]", "[1e]", "1 .5", "1/2", "١", "１", "- 1", "[- 1]", "1\u{0}", "1\\",
    "[1\\]",
    // strings
    "\"", "\"a", "'a'", #""\""#, #""\x41""#, #""\a""#, #""\'""#, #""\u""#, #""\u1""#, #""\u12""#, #""\u123""#, #""\u123g""#,
    #""\U0041""#, #""\u 041""#, #""\u+041""#, #""\ ""#,
    #"["\u00"]"#, #"{"\u00zz":1}"#, "\"\u{0}\"", "\"\u{1F}\"", "\"a\nb\"", "\"a\tb\"", "[\"\r\"]", #"\"a\""#, #"["a\"]"#,
    #"["a\\\"]"#, "[\"a]", "{\"a:1}", #"[\n]"#, #"\u0022a""#,
    // white space and other bytes between tokens
    "[1]\u{0}", "\u{0}[1]", "[\u{0C}]", "[1\u{0B}]", "[\u{A0}1]", "[1\u{1A}2]", "{\"a\"\u{1A}1}", "[1\u{0C}2]", "[\u{2060}]", "#",
    "//x\n1", "/**/1", "[1]//", "*", "é", "[é]", "\u{FEFF}[]",
  ])
  func isRefusedAsSyntax(_ text: String) {
    #expect(refusal(text) == .syntax)
    #expect(ReferenceJSON.parse(Array(text.utf8)) == nil)
  }

  @Test(arguments: ["", " ", "\n\t \r\n", String(repeating: " ", count: 500)])
  func nothingButWhiteSpaceIsEmpty(_ text: String) {
    #expect(refusal(text) == .empty)
  }

  @Test(arguments: [
    #""\ud83d""#, #""\ude00""#, #""\ud83d\ud83d""#, #""\ude00\ud83d""#, #""\ud83dx""#, #""\ud83d\n""#, #"["\uDBFF\uE000"]"#,
    #"{"\uD800":1}"#,
  ])
  func anEscapeOfALoneSurrogateIsAccepted(_ text: String) {
    #expect(refusal(text) == nil)
  }

  @Test(
    arguments: [
      [0x80], [0xFF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xE0, 0x80, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80],
      [0xED, 0xBF, 0xBF],
      [0xF0, 0x80, 0x80, 0x80],
      [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xC3, 0x28],
      [
        0xE2,
        0x28, 0xA1,
      ], [0xBF],
    ] as [[UInt8]])
  func invalidUTF8IsRefusedWhereverItStands(_ wrong: [UInt8]) {
    let quote = [UInt8(ascii: "\"")]
    #expect(refusal(quote + wrong + quote) == .invalidUTF8)
    for padding in [0, 1, 5, 30, 31, 60, 61, 62, 63, 64, 100, 126, 127, 128, 200] {
      let filler = [UInt8](repeating: UInt8(ascii: "x"), count: padding)
      #expect(refusal(Array("[\"".utf8) + filler + wrong + filler + Array("\"]".utf8)) == .invalidUTF8)
      #expect(refusal(Array("{\"".utf8) + filler + wrong + Array("\":1}".utf8)) == .invalidUTF8)
    }
    #expect(refusal(Array("[1]".utf8) + wrong) != nil)
    #expect(refusal(wrong) != nil)
  }

  @Test func theOffsetOfAnErrorIsKnownWhereTheWalkSeesIt() {
    func offset(_ text: String) -> Int? {
      guard case .failure(let error) = outcome(Array(text.utf8)) else { return nil }
      return error.offset
    }
    #expect(offset("[1,2 x]") == 5)
    #expect(offset("{\"a\":tru}") == 5)
    #expect(offset("[1,[2]") == 6)
    #expect(offset("[1,2") == 4)
    #expect(offset("[\"ab\\qc\"]") == 4)
    #expect(offset("[1] ]") == 4)
    #expect(offset("[1] 2") == 5)
    #expect(offset("[\"ab") == nil)
  }
}
