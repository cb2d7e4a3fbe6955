/// Where settings come from, lowest first: defaults in the code, the YAML file, environment variables, command-line options.
package struct SettingsSources: Sendable {
  /// Path of the YAML file; nil for none. Problems repeat it as it stands here.
  package var file: String?
  /// The process's environment, or a test's.
  package var environment: [String: String]
  package var options: [OptionSetting]
  /// The names that the original's environment gave to our keys.
  package var legacy: [LegacyVariable]
  /// `TRIBUTARY_…` variables that are no settings (such as one that names the file) and so are not unknown.
  package var otherVariables: Set<String>

  package init(
    file: String? = nil, environment: [String: String] = [:], options: [OptionSetting] = [], legacy: [LegacyVariable] = [],
    otherVariables: Set<String> = []
  ) {
    self.file = file
    self.environment = environment
    self.options = options
    self.legacy = legacy
    self.otherVariables = otherVariables
  }
}

/// A value given on the command line.
package struct OptionSetting: Sendable {
  /// As typed, such as `--port`; problems name it.
  package var name: String
  /// Dotted key, such as `server.port`.
  package var key: String
  package var value: String

  package init(name: String, key: String, value: String) {
    self.name = name
    self.key = key
    self.value = value
  }
}

/// An environment variable of the service that Tributary replaces. `TRIBUTARY_…` goes before it; empty means not set.
package struct LegacyVariable: Sendable, Hashable {
  /// How a plain number in it is meant.
  package enum Unit: Sendable {
    /// As the key itself reads it.
    case none
    /// A plain number, `10` or `0.5`, is seconds.
    case seconds
  }

  package var name: String
  package var key: String
  package var unit: Unit

  package init(name: String, key: String, unit: Unit = .none) {
    self.name = name
    self.key = key
    self.unit = unit
  }

  /// The value with the unit that it is meant in: `10` is `10s`.
  func text(_ value: String) -> String {
    switch unit {
    case .none: value
    case .seconds: NumberText.number(value) == nil ? value : "\(value.trimmed)s"
    }
  }

  func allowed(_ allowed: String) -> String {
    switch unit {
    case .none: allowed
    case .seconds: "a number of seconds, or \(allowed)"
    }
  }
}
