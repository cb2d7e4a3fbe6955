import Settings

@testable import Gateway

extension GatewayConfiguration {
  /// The defaults, on any free port of this machine, without an admin listener; loops are never too busy.
  static func forTests(_ change: (inout GatewayConfiguration) -> Void = { _ in }) -> GatewayConfiguration {
    let yaml = "server:\n  port: 0\n  drain: 0s\nadmin:\n  enabled: false\noverload:\n  lag: 10s\n"
    var configuration = GatewayConfiguration(reading: SettingsReader(SettingsSources(), yaml: Array(yaml.utf8)))
    change(&configuration)
    return configuration
  }
}
