import Settings
import Testing

@Suite struct ValueTests {
  /// The value under `k`, given as a quoted YAML scalar and as a variable; nil where the text is refused.
  private func both<Value: Equatable>(_ text: String, _ read: (SettingsReader) -> Value, default fallback: Value) -> Value? {
    let quoted = "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    let fromFile = settings("k: \(quoted)\n")
    let fromVariable = settings(environment: ["TRIBUTARY_K": text])
    let (one, other) = (read(fromFile), read(fromVariable))
    #expect(one == other)
    #expect(fromFile.lines.count == fromVariable.lines.count)
    if fromFile.lines.isEmpty { return one }
    #expect(fromFile.lines.count == 1 && one == fallback)
    return nil
  }

  @Test(arguments: [
    ("250ms", Duration.milliseconds(250)), ("10s", .seconds(10)), ("5m", .seconds(300)), ("1h", .seconds(3600)),
    ("500us", .microseconds(500)), ("500µs", .microseconds(500)), ("500μs", .microseconds(500)), ("1.5s", .milliseconds(1500)),
    ("0.25m", .seconds(15)), ("0s", .zero), ("010s", .seconds(10)), (" 1s ", .seconds(1)),
    ("1.0000000009999s", Duration(secondsComponent: 1, attosecondsComponent: 0)),
  ])
  func aDurationIsANumberWithItsUnit(_ text: String, _ duration: Duration) {
    let read = { (settings: SettingsReader) in settings.duration("k", default: .seconds(7), in: .zero...(.seconds(86_400))) }
    #expect(both(text, read, default: .seconds(7)) == duration)
  }

  @Test(arguments: [
    "", "10", "-1s", "+1s", "s", ".5s", "1.s", "1.5.5s", "1e3s", "10 s", "10S", "10sec", "1d", "NaNs", "1s1", "٣s", "999999h",
    "99999999999999999999h", "999999999999999999h", "170141183460469231731687303715884105727s", "0.99999999999999999999999999d",
  ])
  func noOtherTextIsADuration(_ text: String) {
    #expect(both(text, { $0.duration("k", default: .seconds(7), in: .zero...(.seconds(86_400))) }, default: .seconds(7)) == nil)
  }

  @Test func theLongestDurationDoesNotTrap() {
    let whole = Duration.zero...Duration(secondsComponent: .max, attosecondsComponent: 0)
    for text in ["2562047788015215h", "2562047788015216h", "999999999999999999s", "999999999999999999.999999999m"] {
      _ = both(text, { $0.duration("k", default: .zero, in: whole) }, default: .zero)
    }
    #expect(both("9999999999999999h", { $0.duration("k", default: .zero, in: whole) }, default: .zero) == nil)
  }

  @Test(arguments: [("0", 0), ("-5", -5), ("65535", 65535), (" 7 ", 7), ("-0", 0)])
  func anIntegerIsPlainDigits(_ text: String, _ value: Int) {
    #expect(both(text, { $0.integer("k", default: 9, in: -5...65535) }, default: 9) == value)
  }

  @Test(arguments: [
    "", "-", "--1", "+1", "010", "00", "1_000", "0x10", "0o7", "1.0", "1e3", "eighty", "65536", "-6", "9223372036854775808",
    "-9223372036854775809", "99999999999999999999999999", "١",
  ])
  func noOtherTextIsAnInteger(_ text: String) {
    #expect(both(text, { $0.integer("k", default: 9, in: -5...65535) }, default: 9) == nil)
  }

  @Test func theAllowedTextNamesOnlyBoundsThatAre() {
    let settings = settings("a: x\nb: x\nc: x\n")
    _ = settings.integer("a", default: 1, in: 1...Int.max)
    _ = settings.integer("b", default: 1, in: Int.min...Int.max)
    _ = settings.integer("c", default: 1, in: Int.min...1)
    #expect(settings.problems().map(\.allowed) == ["an integer of at least 1", "an integer", "an integer of at most 1"])
  }

  @Test(arguments: [("0", 0), ("0.2", 0.2), ("-1", -1), ("1e-3", 0.001), ("1.", 1)])
  func aNumberIsDecimal(_ text: String, _ value: Double) {
    #expect(both(text, { $0.number("k", default: 0.5, in: -1...1) }, default: 0.5) == value)
  }

  @Test(arguments: ["", "nan", "inf", "-inf", "1e999", "0x1p3", "1,5", "20%", "1.1", "+1", ".5", "-", "1e", "e1", "--1"])
  func noOtherTextIsANumber(_ text: String) {
    #expect(both(text, { $0.number("k", default: 0.5, in: -1...1) }, default: 0.5) == nil)
  }

  @Test func aFlagIsTrueOrFalse() {
    #expect(both("true", { $0.flag("k", default: false) }, default: false) == true)
    #expect(both("false", { $0.flag("k", default: true) }, default: true) == false)
    for text in ["yes", "no", "on", "1", "0", "TRUE", "True", "", "t"] {
      #expect(both(text, { $0.flag("k", default: true) }, default: true) == nil)
    }
    let settings = settings("k: yes\n")
    _ = settings.flag("k", default: false)
    #expect(settings.lines == ["x.yaml:1: k: found \"yes\", allowed: true or false"])
  }

  @Test func aChoiceIsAWordInAnyCase() {
    #expect(both("DEBUG", { $0.choice("k", default: LogLevel.info) }, default: .info) == .debug)
    #expect(both("verbose", { $0.choice("k", default: LogLevel.info) }, default: .info) == nil)
  }

  @Test(arguments: [
    ("0", 0), ("4096", 4096), ("64KB", 65536), ("64KiB", 65536), ("16MB", 16_777_216), ("1GB", 1 << 30), ("7B", 7),
  ])
  func aSizeIsBytesOrPowersOf1024(_ text: String, _ value: Int) {
    #expect(both(text, { $0.bytes("k", default: 1, in: 0...(1 << 30)) }, default: 1) == value)
  }

  @Test(arguments: [
    "", "KB", "-1KB", "1.5MB", "1 KB", "64kb", "2GB", "9223372036854775807GB", "9223372036854775808", "1TB", "+1",
  ])
  func noOtherTextIsASize(_ text: String) {
    #expect(both(text, { $0.bytes("k", default: 1, in: 0...(1 << 30)) }, default: 1) == nil)
  }

  @Test func sizesAndDurationsAreShownInTheirLargestUnit() {
    let settings = settings()
    _ = settings.bytes("a", default: 16 << 20, in: 1024...(1 << 30))
    _ = settings.bytes("b", default: 1500, in: 1...Int.max)
    _ = settings.duration("c", default: .milliseconds(1500), in: .zero...(.seconds(7200)))
    #expect(settings.registeredKeys.map(\.defaultText) == ["16MB", "1500", "1500ms"])
    #expect(
      settings.registeredKeys.map(\.allowed) == [
        "a size in bytes, KB, MB or GB, from 1KB to 1GB", "a size in bytes, KB, MB or GB, of at least 1",
        "a number with its unit (us, ms, s, m, h), from 0s to 2h",
      ])
  }

  @Test func aListIsAYAMLListOrTextWithCommas() {
    let read = { (settings: SettingsReader) in settings.strings("k", default: ["d"], each: "a header") { !$0.contains(" ") } }
    #expect(read(settings("k: [a, \"b\"]\n")) == ["a", "b"])
    #expect(read(settings("k: []\n")) == [])
    #expect(read(settings("k:\n- a\n")) == ["a"])
    #expect(read(settings("k: [a]\n", environment: ["TRIBUTARY_K": " x , y,"])) == ["x", "y"])
    #expect(read(settings("k: [a]\n", options: [OptionSetting(name: "--k", key: "k", value: "z")])) == ["z"])
    #expect(read(settings()) == ["d"])
  }

  @Test func aBadElementIsReportedAtItsLine() {
    let settings = settings("k:\n- a b\n- c\n-\n- [d]\nl: one\nm: {a: b}\nn:\n", environment: ["TRIBUTARY_O": "a b"])
    let accepts = { (text: String) in !text.contains(" ") }
    for key in ["k", "l", "m", "n", "o"] {
      #expect(settings.strings(key, default: ["d"], each: "a word", where: accepts) == ["d"])
    }
    #expect(
      settings.lines == [
        "x.yaml:2: k: found \"a b\", allowed: a word",
        "x.yaml:4: k: found an element that is no text, allowed: a word",
        "x.yaml:5: k: found an element that is no text, allowed: a word",
        "x.yaml:6: l: found \"one\", allowed: a list, each element a word",
        "x.yaml:7: m: found a mapping, allowed: a list, each element a word",
        "x.yaml:8: n: found nothing, allowed: a list, each element a word",
        "environment: TRIBUTARY_O (o): found \"a b\", allowed: a list with commas, each element a word",
      ])
  }

  @Test func aValueOfAnotherTypeBringsItsOwnParser() {
    let settings = settings("a: GET\nb: FETCH\n")
    let parse = { (text: String) in ["GET", "POST"].contains(text) ? text : nil }
    #expect(settings.value("a", default: "POST", shown: "POST", allowed: "GET or POST", parse: parse) == "GET")
    #expect(settings.value("b", default: "POST", shown: "POST", allowed: "GET or POST", parse: parse) == "POST")
    #expect(settings.optionalString("c") == nil)
    #expect(settings.lines == ["x.yaml:2: b: found \"FETCH\", allowed: GET or POST"])
  }
}
