import Settings
import Testing

@testable import Caching

@Suite struct SharedLevelConfigurationTests {
  private let keys = "k2:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=,k1:HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

  private func read(_ yaml: String = "", keys: String? = nil) -> (SharedLevelConfiguration, [String]) {
    let environment = keys.map { ["TRIBUTARY_CACHE_ENCRYPTION_KEYS": $0] } ?? [:]
    let settings = SettingsReader(SettingsSources(file: "x.yaml", environment: environment), yaml: Array(yaml.utf8))
    return (SharedLevelConfiguration(reading: settings), settings.problems().map(\.description))
  }

  @Test func theDefaultsAreThose() {
    let (configuration, problems) = read()
    #expect(problems == [])
    #expect(configuration.prefix == "tributary:" && configuration.lease == .seconds(2) && configuration.maxBody == 1_048_576)
    #expect(configuration.keyRing == nil)
  }

  @Test func everyKeyIsRead() {
    let (configuration, problems) = read(
      "cache:\n  redis:\n    prefix: \"a/b:\"\n    lease: 500ms\n    max_body: 64KB\n", keys: keys)
    #expect(problems == [])
    #expect(configuration.prefix == "a/b:" && configuration.lease == .milliseconds(500))
    #expect((64_000...65_536).contains(configuration.maxBody))
    #expect(configuration.keyRing?.newest.id == "k2")
  }

  @Test(arguments: ["prefix: \"a{b\"", "prefix: \"a b\"", "prefix: \"é\"", "lease: 1m", "lease: 0s", "max_body: 17MB"])
  func aBadSettingIsOneProblem(line: String) {
    #expect(read("cache:\n  redis:\n    \(line)\n").1.count == 1)
  }

  @Test(arguments: ["hunter2", "k1:aHVudGVyMg==", "k1:hunter2", ","]) func badKeysAreOneProblemWithoutTheKeys(text: String) {
    let (configuration, problems) = read(keys: text)
    #expect(configuration.keyRing == nil && problems.count == 1)
    #expect(!problems.joined().contains("hunter2") && !problems.joined().contains("aHVu"))
  }

  @Test func keysInTheFileAreAProblem() {
    #expect(read("cache:\n  encryption_keys: \(keys)\n").1.count == 1)
  }
}
