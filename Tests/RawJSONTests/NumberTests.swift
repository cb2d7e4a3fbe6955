import RawJSON
import Testing

@Suite struct NumberTests {
  /// What a consumer reads from one number.
  private func read<Value>(_ text: String, _ get: (JSONIndex.Cell, UnsafeRawBufferPointer) -> Value) throws -> Value {
    let bytes = Array(text.utf8)
    let index = try scan(bytes)
    return bytes.withUnsafeBytes { get(index.root.cell, $0) }
  }

  @Test(
    arguments: [
      ("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("999999999999999999", 999_999_999_999_999_999),
      (
        "1000000000000000000",
        1_000_000_000_000_000_000
      ),
      ("9223372036854775807", .max), ("9223372036854775808", .max), ("-9223372036854775808", .min),
      ("-9223372036854775809", .min),
      ("18446744073709551615", .max),
      ("18446744073709551616", .max), ("99999999999999999999", .max), ("-99999999999999999999999", .min), ("1e999", .max),
      ("-1e999", .min), ("1e300", .max), ("-1e300", .min),
      ("1e3", 1000), ("1.5e3", 1500), ("1.2345e2", 123), ("12e-1", 1), ("-12e-1", -1), ("0.999", 0), ("-0.999", 0), ("1e-999", 0),
      ("0e999", 0), ("-0.0", 0), ("0.000e5", 0),
      ("0.00123e5", 123), ("9007199254740993.5", 9_007_199_254_740_993), ("9223372036854775807.9", .max),
      (
        "922337203685477580.7e1",
        .max
      ), ("9223372036854775808e-1", 922_337_203_685_477_580),
      ("1e18", 1_000_000_000_000_000_000), ("1e19", .max), ("5e-324", 0), ("123456e-3", 123), ("1E+2", 100),
      ("1e00000000000000000000002", 100), ("1e99999999999999999999", .max),
      ("1e-99999999999999999999", 0), ("-1e18", -1_000_000_000_000_000_000),
    ] as [(String, Int64)])
  func anyNumberIsAnIntegerClamped(_ text: String, _ expected: Int64) throws {
    #expect(try read(text) { $0.saturatingInt64(in: $1) } == expected)
  }

  @Test(
    arguments: [
      ("0", 0), ("-12", -12), ("9223372036854775807", .max), ("-9223372036854775808", .min), ("9223372036854775808", nil),
      (
        "1.0",
        nil
      ), ("1e3", nil), ("\"1\"", nil),
      ("null", nil), ("100000000000000000000000", nil),
    ] as [(String, Int64?)])
  func anExactIntegerIsReadOnlyWhereItIsOne(_ text: String, _ expected: Int64?) throws {
    #expect(try read(text) { $0.int64(in: $1) } == expected)
  }

  @Test(arguments: [
    "0", "-0", "-0.0", "0.0", "1", "-1", "0.1", "0.071234", "1e300", "5e-324", "2.2250738585072014e-308",
    "1.7976931348623157e308", "4.9e-324", "2.4703282292062328e-324", "123456789012345678",
    "9007199254740993", "0.30000000000000004", "1e23", "8.5e-5", "1e-999", "-1e-999", "0e999", "0.0e-999",
    "100000000000000000000000000000000000000000", "2.2250738585072011e-308", "999999999999999",
    "1e-400", "0.00000000000000000000000000000000000000001e-300",
  ])
  func aDoubleIsTheNearest(_ text: String) throws {
    let value = try read(text) { $0.double(in: $1) }
    #expect(value?.bitPattern == Double(text)?.bitPattern)
  }

  @Test(arguments: [
    "1e999", "-1e999", "1e309", "1.8e308", "null", "\"1\"", "[]", "{}", "true", "1e99999999999999999999999",
    "123456789e400",
  ])
  func whatIsNotFiniteOrNoNumberIsNoDouble(_ text: String) throws {
    #expect(try read(text) { $0.double(in: $1) } == nil)
  }

  @Test func aNumberWithAThousandDigitsIsReadWithoutOverflow() throws {
    let digits = String(repeating: "9", count: 1000)
    #expect(try read(digits) { $0.saturatingInt64(in: $1) } == .max)
    #expect(try read(digits) { $0.double(in: $1) } == nil)
    #expect(try read("0." + String(repeating: "0", count: 1000) + "5e1001") { $0.saturatingInt64(in: $1) } == 5)
    #expect(try read("0." + String(repeating: "0", count: 1000) + "5e1001") { $0.double(in: $1) } == 5)
    #expect(try read("5" + String(repeating: "0", count: 1000) + "e-1000") { $0.saturatingInt64(in: $1) } == 5)
    #expect(try read("5" + String(repeating: "0", count: 1000) + "e-1000") { $0.double(in: $1) } == 5)
  }

  @Test(arguments: ["null", "\"5\"", "[]", "{}", "true", "false"])
  func whatIsNoNumberIsNil(_ text: String) throws {
    #expect(try read(text) { $0.saturatingInt64(in: $1) } == nil)
    #expect(try read(text) { $0.int64(in: $1) } == nil)
  }
}
