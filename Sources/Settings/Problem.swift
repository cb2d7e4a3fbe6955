/// One thing that is wrong with the configuration, and where: what `tributary check` prints on one line.
///
/// ```
/// config/tributary.yaml:12: server.port: found "eighty", allowed: an integer from 0 to 65535
/// environment: TRIBUTARY_SERVER_PORT (server.port): found nothing, allowed: an integer from 0 to 65535
/// option: --port: found "x", allowed: an integer from 0 to 65535
/// ```
package struct Problem: Sendable, Hashable {
  /// The layer that the value stands in.
  package enum Source: Sendable, Hashable {
    /// The YAML file, with its path as it was given.
    case file(String)
    /// An environment variable.
    case environment(variable: String)
    /// A command-line option, such as `--port`.
    case option(String)
    /// Nothing set it: the default itself does not fit, and there is no file to point into.
    case builtIn
  }

  package let source: Source
  /// Line in the file, from 1; nil elsewhere, and where the whole file is meant.
  package let line: Int?
  /// Dotted key, such as `upstreams.users.url`; nil where there is none (YAML that cannot be parsed, an unknown variable).
  package let key: String?
  /// What was found, as a phrase. Never a secret: see `Wording`.
  package let found: String
  /// What is allowed, as a phrase.
  package let allowed: String

  package init(_ source: Source, line: Int? = nil, key: String? = nil, found: String, allowed: String) {
    self.source = source
    self.line = line
    self.key = key
    self.found = found
    self.allowed = allowed
  }
}

extension Problem: CustomStringConvertible {
  /// The one line, without its newline. Control characters are escaped, so it stays one line whatever was found.
  package var description: String {
    "\(place): found \(Wording.phrase(found)), allowed: \(Wording.phrase(allowed, limit: 600))"
  }

  private var place: String {
    let shownKey = key.map { Wording.phrase($0) }
    switch source {
    case .file(let path):
      let file = Wording.phrase(path, limit: 1_000)
      return [line.map { "\(file):\($0)" } ?? file, shownKey].compactMap(\.self).joined(separator: ": ")
    case .environment(let variable):
      return "environment: \(Wording.phrase(variable))" + (shownKey.map { " (\($0))" } ?? "")
    case .option(let name):
      return "option: \(Wording.phrase(name))"
    case .builtIn:
      return ["default", shownKey].compactMap(\.self).joined(separator: ": ")
    }
  }
}

extension Problem: Comparable {
  /// File by line (the whole file first), then environment and options by name, then defaults by key.
  package static func < (one: Problem, other: Problem) -> Bool {
    one.rank < other.rank
  }

  private var rank: (Int, String, Int, String) {
    switch source {
    case .file(let path): (0, path, line ?? 0, key ?? "")
    case .environment(let variable): (1, variable, 0, key ?? "")
    case .option(let name): (2, name, 0, key ?? "")
    case .builtIn: (3, "", 0, key ?? "")
    }
  }
}
