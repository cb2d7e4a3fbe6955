import CSimdjson
import RawJSON
import Testing
import TestSupport

/// The fast ways to read a number against the slow ones: not a bit may differ.
@Suite struct ShortNumberTests {
  private func double(_ bytes: [UInt8]) throws -> Double? {
    let index = try scan(bytes)
    return bytes.withUnsafeBytes { index.root.cell.double(in: $0) }
  }

  private func slowDouble(_ text: String) -> Double? {
    var value = 0.0
    let parsed = Array(text.utf8).withUnsafeBufferPointer { csj_double($0.baseAddress, $0.count, &value) }
    return parsed ? value : nil
  }

  /// Cells of an array's elements: as rows have them, with bytes before and behind.
  private func readAll<Value>(_ texts: [String], _ get: (JSONIndex.Cell, UnsafeRawBufferPointer) -> Value) throws -> [Value] {
    let bytes = Array("[\(texts.map { "{\"v\":\($0)}" }.joined(separator: ", "))]".utf8)
    let index = try scan(bytes, ScanPlan(rows: .rootElements, columns: ["v"]))
    return bytes.withUnsafeBytes { bytes in (0..<texts.count).map { get(index.cell(row: $0, column: 0), bytes) } }
  }

  private func digits(_ count: Int, _ random: inout SeededGenerator) -> String {
    String((0..<count).map { _ in Character(String(Int.random(in: 0...9, using: &random))) })
  }

  /// A number with up to 10 digits before the point and up to 10 behind it, now and then with an exponent.
  private func decimal(_ random: inout SeededGenerator) -> String {
    let whole = Int.random(in: 0...3, using: &random) == 0 ? "0" : "\(Int.random(in: 1...9, using: &random))"
    let more = whole == "0" ? "" : digits(Int.random(in: 0...9, using: &random), &random)
    let fraction = digits(Int.random(in: 1...10, using: &random), &random)
    let exponent = Int.random(in: 0...9, using: &random) == 0 ? "e\(Int.random(in: -20...20, using: &random))" : ""
    return (Bool.random(using: &random) ? "-" : "") + whole + more + "." + fraction + exponent
  }

  @Test(arguments: 0..<10) func aDecimalHasTheSameBits(_ block: UInt64) throws {
    var random = SeededGenerator(seed: block)
    let texts = (0..<10_000).map { _ in decimal(&random) }
    for (text, value) in zip(texts, try readAll(texts) { $0.double(in: $1) }) {
      #expect(value?.bitPattern == slowDouble(text)?.bitPattern, "\(text)")
    }
  }

  @Test(arguments: 0..<5) func anIntegerHasTheSameBits(_ block: UInt64) throws {
    var random = SeededGenerator(seed: 100 + block)
    let texts = (0..<10_000).map { _ in
      let size = Int.random(in: 1...22, using: &random)
      let first = size == 1 ? digits(1, &random) : "\(Int.random(in: 1...9, using: &random))"
      return (Bool.random(using: &random) ? "-" : "") + first + digits(size - 1, &random)
    }
    let integers = try readAll(texts) { $0.int64(in: $1) }
    let clamped = try readAll(texts) { $0.saturatingInt64(in: $1) }
    let doubles = try readAll(texts) { $0.double(in: $1) }
    for (place, text) in texts.enumerated() {
      #expect(integers[place] == Int64(text), "\(text)")
      #expect(clamped[place] == (Int64(text) ?? (text.hasPrefix("-") ? .min : .max)), "\(text)")
      #expect(doubles[place]?.bitPattern == slowDouble(text)?.bitPattern, "\(text)")
    }
  }

  /// At a document's first byte there is nothing before the number that a word could be read from.
  @Test(arguments: [
    "0.5", "-0.5", "-0.0", "0.0", "1.25", "12345678.12345678", "90071992.54740992", "90071992.54740993", "99999999.99999999",
    "-99999999.99999999", "0.00000001", "123456789.5", "0.123456789", "0.1e1", "1.5E-3", "1.0e5", "0.071234", "7.0",
  ])
  func whereverItStandsADecimalIsTheSame(_ text: String) throws {
    for spaces in 0...9 {
      let bytes = Array((String(repeating: " ", count: spaces) + text).utf8)
      #expect(try double(bytes)?.bitPattern == slowDouble(text)?.bitPattern, "\(spaces) before \(text)")
      #expect(try double(bytes)?.bitPattern == Double(text)?.bitPattern)
    }
  }

  @Test(arguments: ["7", "-7", "1234567", "12345678", "-12345678", "123456789", "1234567890123456", "12345678901234567"])
  func whereverItStandsAnIntegerIsTheSame(_ text: String) throws {
    for spaces in 0...17 {
      let bytes = Array((String(repeating: " ", count: spaces) + text).utf8)
      let index = try scan(bytes)
      #expect(bytes.withUnsafeBytes { index.root.cell.int64(in: $0) } == Int64(text), "\(spaces) before \(text)")
    }
  }

  @Test func aBufferThatIsNotTheIndexsOwnIsReadWithinItsEnds() throws {
    let cell = try scan(Array("  -12.054219".utf8)).root.cell
    for size in 0...16 {
      let wrong = [UInt8](repeating: UInt8(ascii: "x"), count: size)
      wrong.withUnsafeBytes { bytes in
        #expect(cell.double(in: bytes) == nil)
      }
    }
  }
}
