import RawJSON
import Testing
import TestSupport

@Suite struct WriterTests {
  private func written(_ content: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    content(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func commasStandBetweenValuesAndNowhereElse() {
    let text = written {
      $0.object {
        $0.key("users")
        $0.array { _ in }
        $0.key("metrics")
        $0.object {
          $0.key("items")
          $0.array {
            $0.int(1)
            $0.array { $0.object { _ in } }
            $0.raw("{\"a\": 1}".utf8)
            $0.null()
            $0.bool(true)
          }
          $0.key(named: "a\"b")
          $0.double(0.5)
        }
        $0.key("last")
        $0.string("x")
      }
    }
    #expect(text == #"{"users":[],"metrics":{"items":[1,[{}],{"a": 1},null,true],"a\"b":0.5},"last":"x"}"#)
  }

  @Test(arguments: [
    ("", #""""#), ("a", #""a""#), ("\"\\/", #""\"\\/""#), ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#),
    (
      "\u{0}\u{1}\u{1F}\u{1B}\u{7F}",
      "\"\\u0000\\u0001\\u001f\\u001b\u{7F}\""
    ),
    ("é花😀\u{2028}", "\"é花😀\u{2028}\""), ("a\nb\nc", #""a\nb\nc""#),
  ])
  func stringsAreEscapedAsFarAsNeeded(_ value: String, _ expected: String) {
    #expect(written { $0.string(value) } == expected)
  }

  @Test(
    arguments: [
      (0.0, "0.0"), (-0.0, "-0.0"), (0.1, "0.1"), (1, "1.0"), (1e16, "1e+16"), (.leastNonzeroMagnitude, "5e-324"),
      (
        1.7976931348623157e308,
        "1.7976931348623157e+308"
      ), (.nan, "0.0"),
      (.infinity, "0.0"), (-.infinity, "0.0"), (0.071234, "0.071234"), (1e-5, "1e-05"), (123456789.0, "123456789.0"),
    ] as [(Double, String)])
  func doublesAreShortAndValid(_ value: Double, _ expected: String) {
    #expect(written { $0.double(value) } == expected)
    #expect(refusal(expected) == nil)
  }

  @Test(
    arguments: [
      (0, "0"), (-1, "-1"), (.max, "9223372036854775807"), (.min, "-9223372036854775808"), (1000, "1000"),
    ] as [(Int64, String)])
  func integersAreWrittenInFull(_ value: Int64, _ expected: String) {
    #expect(written { $0.int(value) } == expected)
  }

  @Test func doublesReadBackWithTheSameBits() throws {
    var random = SeededGenerator(seed: 5)
    var values: [Double] = [0, -0.0, .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, .pi]
    while values.count < 20_000 {
      let value = Double(bitPattern: random.next())
      if value.isFinite { values.append(value) }
      values.append(Double(Int64.random(in: -1_000_000...1_000_000, using: &random)) / 1000)
    }
    var writer = JSONWriter()
    writer.array { writer in
      for value in values {
        writer.object {
          $0.key("v")
          $0.double(value)
        }
      }
    }
    let index = try scan(writer.bytes, ScanPlan(rows: .rootElements, columns: ["v"]))
    let same = writer.bytes.withUnsafeBytes { bytes in
      values.indices.allSatisfy { index.cell(row: $0, column: 0).double(in: bytes)?.bitPattern == values[$0].bitPattern }
    }
    #expect(same && index.rowCount == values.count)
  }

  @Test func stringsAndIntegersReadBackEqual() throws {
    var random = SeededGenerator(seed: 6)
    let scalars: [Unicode.Scalar] = [
      "a", "\"", "\\", "/", "\n", "\u{0}", "\u{1F}", "\u{7F}", "é", "花", "😀", "\u{FFFF}", "{", "]", " ", "u",
    ]
    let texts = (0..<3000).map { _ in
      var text = ""
      for _ in 0..<Int.random(in: 0...20, using: &random) {
        text.unicodeScalars.append(scalars[Int.random(in: 0..<scalars.count, using: &random)])
      }
      return text
    }
    let numbers = texts.map { _ in Int64(truncatingIfNeeded: random.next() >> UInt64.random(in: 0...63, using: &random)) }
    var writer = JSONWriter()
    writer.array { writer in
      for (text, number) in zip(texts, numbers) {
        writer.object {
          $0.key("t")
          $0.string(text)
          $0.key("n")
          $0.int(number)
        }
      }
    }
    let index = try scan(writer.bytes, ScanPlan(rows: .rootElements, columns: ["t", "n"]))
    #expect(index.rowCount == texts.count)
    writer.bytes.withUnsafeBytes { bytes in
      for row in texts.indices {
        #expect(index.cell(row: row, column: 0).string(in: bytes) == texts[row])
        #expect(index.cell(row: row, column: 1).int64(in: bytes) == numbers[row])
      }
    }
  }

  @Test func aTextOfABodyIsWrittenAgain() throws {
    let bytes = Array(#""x\u00e9\"\ud83d""#.utf8)
    let index = try scan(bytes)
    let text = bytes.withUnsafeBytes { bytes in
      index.root.cell.text(in: bytes).map { text in written { $0.string(text) } }
    }
    #expect(text == "\"xé\\\"\u{FFFD}\"")
  }
}
