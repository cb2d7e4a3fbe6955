import Settings
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// What the file's form allows, and how its faults are placed.
@Suite struct FormTests {
  /// The problems of a file that nobody reads a key of, but for `a` and `s.*`.
  private func lines(_ yaml: String) -> [String] {
    let settings = settings(yaml)
    _ = settings.string("a", default: "")
    _ = settings.scope("s").string("b", default: "")
    _ = settings.scope("s").string("c", default: "")
    return settings.lines
  }

  @Test(arguments: [
    "", "\n", "# only a comment\n", "---\n", "\u{FEFF}a: 1\n", "a: 1\r\ns:\r\n  b: 2\r\n", "a: &x 1\ns: {b: 2}", "~",
  ])
  func theseAreWellFormed(_ yaml: String) {
    #expect(lines(yaml) == [])
  }

  @Test func scalarsStayText() {
    let settings = settings("a: 1_000\nb: yes\nc: 012\nd: \"null\"\ne: 2001-01-01\nf: !!str 5\ng: |\n  x\n  y\n")
    let texts = ["a", "b", "c", "d", "e", "f", "g"].map { settings.string($0, default: "") }
    #expect(texts == ["1_000", "yes", "012", "null", "2001-01-01", "5", "x\ny\n"])
    #expect(settings.lines == [])
  }

  @Test func yamlThatDoesNotParseIsPlaced() {
    #expect(
      lines("a: 1\ns:\n  b: x: y\n") == [
        "x.yaml:3: found YAML that cannot be read (mapping values are not allowed in this context), allowed: a YAML mapping"
      ])
    #expect(lines("a: 1\n\tb: 2\n") == ["x.yaml:2: found a tab in the indentation, allowed: spaces"])
    #expect(
      lines("a: 1\ns: \"open\n\n\n") == [
        """
        x.yaml:2: found YAML that cannot be read (while scanning a quoted scalar: found unexpected end of stream), \
        allowed: a YAML mapping
        """
      ])
    #expect(
      lines("a: 1\n---\na: 2\n") == [
        """
        x.yaml:2: found YAML that cannot be read (expected a single document in the stream: but found another document), \
        allowed: a YAML mapping
        """
      ])
  }

  @Test func theRootIsAMapping() {
    #expect(lines("- a\n") == ["x.yaml:1: found a list, allowed: a YAML mapping"])
    #expect(lines("\nhello\n") == ["x.yaml:2: found a single value, allowed: a YAML mapping"])
  }

  @Test func aRepeatedKeyIsReportedWithBothLinesAndHidesNothing() {
    let yaml = "s:\n  b: 1\n  \"b\": 2\n  c: 1\n  'c': 3\n  b: 4\na: x\nz: 1\na: y\n"
    let settings = settings(yaml)
    #expect(settings.string("a", default: "") == "x")
    #expect(settings.scope("s").string("b", default: "") == "1")
    #expect(settings.scope("s").string("c", default: "") == "1")
    #expect(
      settings.lines == [
        "x.yaml:3: s.b: found the key a second time (first on line 2), allowed: each key once",
        "x.yaml:5: s.c: found the key a second time (first on line 4), allowed: each key once",
        "x.yaml:6: s.b: found the key a second time (first on line 2), allowed: each key once",
        "x.yaml:8: z: found an unknown key, allowed: a, s",
        "x.yaml:9: a: found the key a second time (first on line 7), allowed: each key once",
      ])
  }

  @Test func manyRepeatedKeysEnd() {
    let yaml = (0..<500).map { "k\($0 % 250): 1\n" }.joined()
    let lines = lines(yaml)
    #expect(lines.count == 1 && lines[0].contains("more than once, allowed: each key once"), "\(lines)")
  }

  @Test func nothingIsNotAValue() {
    #expect(
      lines("a:\ns:\n") == [
        "x.yaml:1: a: found nothing, allowed: text", "x.yaml:2: s: found nothing, allowed: a mapping of keys",
      ])
    #expect(lines("s: {b: ~}\n") == ["x.yaml:1: s.b: found nothing, allowed: text"])
  }

  @Test func shapesAreHeld() {
    #expect(
      lines("a: {x: 1}\ns: secret\n") == [
        "x.yaml:1: a: found a mapping, allowed: text", "x.yaml:2: s: found a single value, allowed: a mapping of keys",
      ])
    #expect(
      lines("a: [1]\ns: [1]\n") == [
        "x.yaml:1: a: found a list, allowed: text", "x.yaml:2: s: found a list, allowed: a mapping of keys",
      ])
  }

  @Test func keysArePlainNames() {
    let long = String(repeating: "k", count: 65)
    let allowed = "allowed: a plain name of at most 64 characters"
    #expect(
      lines("? [x]\n: 1\n? {y: 1}\n: 2\n\(long): 3\n\"\": 4\ns.b: 5\n") == [
        "x.yaml:1: found a key that is a list, \(allowed)", "x.yaml:3: found a key that is a mapping, \(allowed)",
        "x.yaml:5: found a long key, \(allowed)", "x.yaml:6: found a key without a name, \(allowed)",
        "x.yaml:7: found the key \"s.b\", allowed: nested keys in place of dots",
      ])
  }

  @Test func aliasesMergeKeysAndTagsAreRefused() {
    let allowed = "allowed: the value itself: aliases and merge keys are not expanded"
    #expect(lines("a: &x 1\ns:\n  b: *x\n  c: 2\n") == ["x.yaml:3: s.b: found a YAML alias, \(allowed)"])
    #expect(lines("s: &x\n  b: 1\na: *x\n") == ["x.yaml:3: a: found a YAML alias, \(allowed)"])
    #expect(lines("s:\n  <<: {b: 1}\n  c: 1\n") == ["x.yaml:2: s: found a YAML merge key, \(allowed)"])
    #expect(lines("a: !!binary aGk=\n") == ["x.yaml:1: a: found a YAML tag, allowed: the value without a tag"])
    let list = settings("a: [&x 1, *x]\n")
    _ = list.strings("a", default: [])
    #expect(list.lines == ["x.yaml:1: a: found a YAML alias, \(allowed)"])
  }

  @Test(.timeLimit(.minutes(1))) func anAliasBombEndsAtOnce() {
    var yaml = "a0: &a0 [x, x]\n"
    for level in 1...60 { yaml += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1), *a\(level - 1)]\n" }
    let expected = "found YAML aliases, allowed: the value itself: aliases and merge keys are not expanded"
    #expect(lines(yaml) == ["x.yaml:4: \(expected)"])
    #expect(lines(yaml + "? *a60\n: 1\n") == ["x.yaml:4: \(expected)"])
  }

  @Test func asterisksInCommentsAndTextAreNoAliases() {
    let comments = (0..<50).map { "# *D* and *T* \($0)\n" }.joined()
    #expect(lines(comments + "a: &x \"*a *b\"\n") == [])
  }

  @Test func bytesAndCharactersThatAreNoTextAreRefused() {
    let notUTF8 = settings(bytes: Array("a: 1\nb: ".utf8) + [0xFF, 0x0A])
    #expect(notUTF8.lines == ["x.yaml:2: found bytes that are not UTF-8, allowed: UTF-8 text"])
    let allowed = "allowed: printable text, spaces and line ends"
    #expect(lines("a: 1\n\n\u{0}") == ["x.yaml:3: found the character U+0, \(allowed)"])
    #expect(lines("a: \u{1B}[31m\n") == ["x.yaml:1: found the character U+1B, \(allowed)"])
    #expect(lines("a: 1\rb: 2\n") == ["x.yaml:1: found the character U+D, \(allowed)"])
    #expect(lines("a: \u{2028}\n") == ["x.yaml:1: found the character U+2028, \(allowed)"])
    #expect(lines("\u{E000}a: 1\n") == ["x.yaml:1: found the character U+E000, \(allowed)"])
  }

  @Test(.timeLimit(.minutes(2))) func sizeCountAndDepthAreBounded() {
    let large = "# " + String(repeating: "x", count: 1 << 20) + "\n"
    #expect(lines(large) == ["x.yaml: found a file larger than 1MB, allowed: a YAML file of at most 1MB"])
    let many = "a: [" + String(repeating: "1,", count: 100_001) + "]\n"
    #expect(lines(many) == ["x.yaml: found more than 100000 values, allowed: fewer"])
    let nested = lines((0..<40).map { String(repeating: " ", count: $0) + "k\($0):\n" }.joined())
    #expect(nested.contains("x.yaml:17: found keys nested too deep, allowed: at most 16 levels"), "\(nested)")
    for opening in ["[", "{a: ", "- ", "? ", "{? "] {
      #expect(lines("a: 1\n" + String(repeating: opening, count: 990)).count >= 1)
      #expect(lines(String(repeating: opening, count: 1 << 18)).count >= 1)
    }
  }

  @Test func aFileThatCannotBeReadIsOneProblemWithoutALine() {
    let missing = SettingsReader(SettingsSources(file: "/nonexistent/x.yaml"))
    #expect(
      missing.lines == [
        "/nonexistent/x.yaml: found no configuration (no such file), allowed: a readable YAML file of at most 1MB"
      ])
    for path in ["/", "/dev/zero"] {
      #expect(SettingsReader(SettingsSources(file: path)).lines.count == 1)
    }
    #expect(SettingsReader(SettingsSources()).lines == [])
  }

  @Test func aFileOnDiskIsRead() throws {
    let path = try temporaryFile("server:\n  port: 80a\n")
    defer { remove(path) }
    let settings = SettingsReader(SettingsSources(file: path))
    _ = Sample(reading: settings)
    #expect(settings.lines == ["\(path):2: server.port: found \"80a\", allowed: an integer from 0 to 65535"])
  }
}
