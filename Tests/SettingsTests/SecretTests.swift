import Settings
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct SecretTests {
  private let allowed =
    "the variable TRIBUTARY_R_PASSWORD, or a path in the variable TRIBUTARY_R_PASSWORD_FILE or the key r.password_file"

  private func read(_ settings: SettingsReader) -> Secret? {
    settings.scope("r").secret("password")
  }

  @Test func aSecretComesFromTheEnvironment() {
    let settings = settings(environment: ["TRIBUTARY_R_PASSWORD": "hunter2"])
    #expect(read(settings)?.reveal() == "hunter2")
    #expect(settings.lines == [])
    #expect(read(SettingsReader(SettingsSources())) == nil)
  }

  @Test func aSecretComesFromAFileWithoutItsLineEnd() throws {
    for (text, secret) in [("hunter2\n", "hunter2"), ("hunter2\r\n", "hunter2"), ("a\n\n", "a\n"), ("hunter2", "hunter2")] {
      let path = try temporaryFile(text)
      defer { remove(path) }
      let byVariable = settings(environment: ["TRIBUTARY_R_PASSWORD_FILE": path])
      let byKey = settings("r:\n  password_file: \(path)\n")
      #expect(read(byVariable)?.reveal() == secret && read(byKey)?.reveal() == secret)
      #expect(byVariable.lines == [] && byKey.lines == [])
      let direct = settings("r:\n  password_file: \(path)\n", environment: ["TRIBUTARY_R_PASSWORD": "direct"])
      #expect(read(direct)?.reveal() == "direct")
    }
  }

  @Test func aSecretInTheFileOrOnTheCommandLineIsRefusedAndNotPrinted() {
    let inFile = settings("r:\n  password: hunter2\n")
    #expect(read(inFile) == nil)
    #expect(inFile.lines == ["x.yaml:2: r.password: found a secret in the YAML file, allowed: \(allowed)"])
    let option = settings(options: [OptionSetting(name: "--password", key: "r.password", value: "hunter2")])
    #expect(read(option) == nil)
    #expect(option.lines == ["option: --password: found a secret on the command line, allowed: \(allowed)"])
    for yaml in ["r: hunter2", "r:\n  password: [hunter2]", "r:\n  password: {hunter2: 1}", "r:\n  password: |\n    hunter2"] {
      let settings = settings(yaml)
      #expect(read(settings) == nil)
      #expect(settings.lines.count == 1 && !settings.lines.joined().contains("hunter2"))
    }
  }

  @Test func anUnusableFileIsAProblemAtThePlaceThatNamesIt() throws {
    let missing = settings("r:\n  password_file: /nonexistent\n")
    #expect(read(missing) == nil)
    let rule = "allowed: the path of a file with the secret, of at most 64KB"
    #expect(missing.lines == ["x.yaml:2: r.password_file: found \"/nonexistent\" (no such file), \(rule)"])
    let contents: [([UInt8], String)] = [
      ([], "empty"), ([10], "empty"), ([0xFF], "not UTF-8"), ([UInt8](repeating: 65, count: 70_000), "larger than 64KB"),
    ]
    for (bytes, fault) in contents {
      let path = try temporaryFile(bytes)
      defer { remove(path) }
      let settings = settings(environment: ["TRIBUTARY_R_PASSWORD_FILE": path])
      #expect(read(settings) == nil)
      #expect(
        settings.lines == ["environment: TRIBUTARY_R_PASSWORD_FILE (r.password_file): found \"\(path)\" (\(fault)), \(rule)"])
    }
  }

  @Test func emptyOrDoubleIsAProblem() {
    let empty = settings(environment: ["TRIBUTARY_R_PASSWORD": ""])
    #expect(read(empty) == nil)
    #expect(empty.lines == ["environment: TRIBUTARY_R_PASSWORD (r.password): found nothing, allowed: the secret"])
    let double = settings(environment: ["TRIBUTARY_R_PASSWORD": "hunter2", "TRIBUTARY_R_PASSWORD_FILE": "/x"])
    #expect(read(double)?.reveal() == "hunter2")
    #expect(double.lines.count == 1 && !double.lines.joined().contains("hunter2"))
  }

  @Test func noDescriptionOfASecretShowsIt() {
    let secret = Secret("hunter2")
    var dumped = ""
    dump([secret], to: &dumped)
    #expect(!"\(secret) \(String(reflecting: secret)) \([secret]) \(dumped)".contains("hunter2"))
  }

  @Test func bothKeysOfASecretAreRegistered() {
    let settings = settings()
    _ = read(settings)
    #expect(settings.registeredKeys.map(\.key) == ["r.password", "r.password_file"])
    #expect(settings.registeredKeys.map(\.isSecret) == [true, false])
  }
}
