import Aggregation
import Clients
import Foundation
import Settings
import Testing

@testable import Tributary

/// `config/tributary.yaml` is the documentation of the configuration: complete, and true.
@Suite struct ConfigurationFileTests {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("config")

  private static func read(_ name: String?) -> (settings: GatewaySettings, reader: SettingsReader) {
    let file = name.map { folder.appendingPathComponent($0).path }
    let reader = SettingsReader(GatewaySettings.sources(file: file, environment: [:]))
    return (GatewaySettings(reading: reader), reader)
  }

  @Test(arguments: ["tributary.yaml", "examples/fifth-service.yaml", "examples/production.yaml"])
  func theShippedFilesAreGood(name: String) {
    let reader = Self.read(name).reader
    #expect(reader.problems().map(\.description) == [])
  }

  @Test func theFileSaysTheDefaults() {
    var file = ""
    var code = ""
    dump(Self.read("tributary.yaml").settings, to: &file)
    dump(Self.read(nil).settings, to: &code)
    #expect(file == code)
  }

  @Test func everyKeyIsInTheFile() throws {
    let text = try String(contentsOf: Self.folder.appendingPathComponent("tributary.yaml"), encoding: .utf8)
    let words = Set(
      text.split(separator: "\n").compactMap { line in
        line.drop { " #".contains($0) }.split(separator: ":", omittingEmptySubsequences: false).first.map(String.init)
      })
    for registered in Self.read(nil).reader.registeredKeys {
      let last = try #require(registered.key.split(separator: ".").last.map(String.init))
      #expect(words.contains(last), "\(registered.key) is not documented")
    }
  }

  @Test func everyVariableOfTheOriginalReachesAKey() {
    let keys = Set(Self.read(nil).reader.registeredKeys.map(\.key))
    for legacy in GatewaySettings.legacyVariables { #expect(keys.contains(legacy.key), "\(legacy.name)") }
  }

  @Test func aFifthServiceIsAddedInTheFileAlone() throws {
    let settings = Self.read("examples/fifth-service.yaml").settings
    #expect(settings.upstreams.map(\.name) == ["users", "accounts", "metrics", "dashboard", "notifications"])
    #expect(settings.sections.map(\.name).last == "notifications")
    #expect(settings.sections.last?.oneUser.template.path == "/notifications?user={user_id}")
  }
}
