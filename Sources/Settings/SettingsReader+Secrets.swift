/// A value that is never printed: every description of it is `***`.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let text: String

  package init(_ text: String) {
    self.text = text
  }

  /// The secret itself, for the one place that uses it.
  package func reveal() -> String { text }

  package var description: String { "***" }
  package var debugDescription: String { "***" }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension SettingsReader {
  /// The largest file that a secret is read from, in bytes.
  private static let secretLimit = 65_536

  /// A secret, or nil where there is none: from `TRIBUTARY_<KEY>`, or from the file that `TRIBUTARY_<KEY>_FILE`, the key
  /// `<key>_file` or an option names (a path from the working directory; one line end at its end is dropped).
  ///
  /// In the YAML file itself, or on the command line, where every user of the machine can read it, a secret is a problem.
  ///
  /// - Parameter isHarmless: whether a text has nothing secret in it, and so may stand in the file.
  package func secret(_ key: String, unless isHarmless: (String) -> Bool = { _ in false }) -> Secret? {
    let path = path(of: key)
    let variable = Layers.variable(of: path)
    let name = path.joined(separator: ".")
    let allowed = "the variable \(variable), or a path in the variable \(variable)_FILE or the key \(name)_file"
    record.register(path, default: "none", allowed: allowed, isSecret: true)
    let harmless = record.file.entries[name].flatMap { $0.text }.flatMap { isHarmless($0) ? Secret($0) : nil }
    if let entry = record.file.entries[name], harmless == nil {
      record.report(path, at: .file(line: entry.line), found: "a secret in the YAML file", allowed: allowed)
    }
    let direct = environmentSecret(path, allowed: allowed)
    let file = read("\(key)_file", shown: "none", allowed: "the path of a file with the secret") { $0 }
    if direct.isSet, record.environment["\(variable)_FILE"] != nil {
      record.report(path, at: .environment(variable: variable), found: "both \(variable) and \(variable)_FILE", allowed: "one")
    }
    return direct.isSet ? direct.secret : file.flatMap { fileSecret($0, key: "\(key)_file") } ?? harmless
  }

  private func environmentSecret(_ path: [String], allowed: String) -> (isSet: Bool, secret: Secret?) {
    guard let hit = record.text(at: path, isSecret: true) else { return (false, nil) }
    switch hit.origin {
    case .file:
      return (false, nil)
    case .option:
      record.report(path, at: hit.origin, found: "a secret on the command line", allowed: allowed)
      return (false, nil)
    case .environment, .legacy:
      guard hit.text.isEmpty else { return (true, Secret(hit.text)) }
      record.report(path, at: hit.origin, found: "nothing", allowed: "the secret")
      return (true, nil)
    }
  }

  private func fileSecret(_ file: String, key: String) -> Secret? {
    let allowed = "the path of a file with the secret, of at most \(ByteSizeText.render(Self.secretLimit))"
    let fault: String
    do {
      let bytes = try FileBytes.read(path: file, limit: Self.secretLimit)
      let end = bytes.suffix(2) == [13, 10] ? 2 : bytes.last == 10 ? 1 : 0
      switch String(validating: bytes.dropLast(end), as: UTF8.self) {
      case nil: fault = "not UTF-8"
      case ""?: fault = "empty"
      case let text?: return Secret(text)
      }
    } catch {
      fault = error.reason
    }
    problem(key, found: "\(Wording.quoted(file)) (\(fault))", allowed: allowed)
    return nil
  }
}

extension ConfigurationFile.Entry {
  fileprivate var text: String? {
    if case .text(let text) = value { text } else { nil }
  }
}
