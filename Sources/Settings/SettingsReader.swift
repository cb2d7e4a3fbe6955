/// Reads settings, key by key, and remembers every key that it was asked for and every problem that it met.
///
/// A struct fills itself from a reader that is scoped to its part of the file, right where its fields are declared:
///
/// ```swift
/// package init(reading settings: SettingsReader) {  // settings.scope("server")
///   host = settings.string("host", default: "127.0.0.1")
///   port = settings.integer("port", default: 8005, in: 0...65535)
/// }
/// ```
///
/// A read never fails: a bad value is a `Problem`, and the default stands in for it, so that one pass finds all of them. After
/// the last read, `problems()` adds what nobody asked for. A value in the file is checked even where another layer overrides it.
/// Used once, at the start, by one thread; copies and scopes share what they remember.
package struct SettingsReader {
  let record: SettingsRecord
  /// The keys above this scope.
  let path: [String]

  package init(_ sources: SettingsSources) {
    self.init(sources, file: sources.file.map { ConfigurationFile(reading: $0) } ?? .none)
  }

  /// With the bytes of the file at hand; `sources.file` is the name that problems give it.
  package init(_ sources: SettingsSources, yaml: [UInt8]) {
    self.init(sources, file: ConfigurationFile(bytes: yaml, path: sources.file ?? "yaml"))
  }

  private init(_ sources: SettingsSources, file: ConfigurationFile) {
    record = SettingsRecord(sources, file: file)
    path = []
  }

  private init(record: SettingsRecord, path: [String]) {
    self.record = record
    self.path = path
  }

  /// The reader of a part: `settings.scope("upstreams", name)`.
  package func scope(_ keys: String...) -> SettingsReader {
    SettingsReader(record: record, path: path + keys.flatMap(Self.components))
  }

  /// Reports that a value does not fit with others:
  /// `problem("upstream", found: "the unknown upstream userz", allowed: "users or metrics")`.
  ///
  /// It is placed where the value in effect stands, or else at the key's line or that of its nearest parent in the file.
  package func problem(_ key: String, found: String, allowed: String) {
    let path = path(of: key)
    record.report(path, at: record.origins[path.joined(separator: ".")], found: found, allowed: allowed)
  }

  /// Everything wrong: file by line, then environment, then options. For after the last read, because what nobody has asked
  /// for until now counts as unknown.
  package func problems() -> [Problem] {
    record.allProblems()
  }

  /// Every key that was asked for, in the order of asking: what the documentation must list.
  package var registeredKeys: [RegisteredKey] {
    record.registered
  }

  func path(of key: String) -> [String] {
    path + Self.components(key)
  }

  private static func components(_ key: String) -> [String] {
    key.split(separator: ".").map(String.init)
  }
}

/// A reader crosses no threads: what scopes share is not locked.
@available(*, unavailable)
extension SettingsReader: Sendable {}

/// A key that some part of the program reads.
package struct RegisteredKey: Sendable, Hashable {
  /// Dotted, such as `request.deadline`.
  package let key: String
  /// Such as `TRIBUTARY_REQUEST_DEADLINE`.
  package let variable: String
  /// As it would stand in the file: `10s`; `none` where there is no default.
  package let defaultText: String
  /// What is allowed, with the unit.
  package let allowed: String
  /// Not to be put into the file.
  package let isSecret: Bool
}
