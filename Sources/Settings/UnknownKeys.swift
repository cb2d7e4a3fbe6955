/// What stands in the file, the environment or the options and was never asked for. For after the last read.
struct UnknownKeys {
  private let record: SettingsRecord
  private let path: String
  /// More than this are counted, not listed: each is compared with all known keys.
  private static let limit = 100

  init(in record: SettingsRecord) {
    self.record = record
    path = record.file.path ?? ""
  }

  func problems() -> [Problem] {
    var found: [Problem] = []
    for name in record.file.names { collect([name], into: &found) }
    var listed = Array(found.prefix(Self.limit))
    if found.count > Self.limit {
      let rest = "\(found.count - Self.limit) more unknown keys"
      listed.append(Problem(.file(path), found: rest, allowed: "the keys that the documentation lists"))
    }
    return listed + variables() + options()
  }

  // MARK: File

  private func collect(_ path: [String], into problems: inout [Problem]) {
    let key = path.joined(separator: ".")
    guard let entry = record.file.entries[key], !record.leaves.contains(key), !record.refused.contains(key) else { return }
    guard record.branches.contains(key) else {
      // Beyond the limit they are only counted: no suggestions are looked for.
      let allowed = problems.count < Self.limit ? suggestion(for: path) : ""
      problems.append(Problem(.file(self.path), line: entry.line, key: key, found: "an unknown key", allowed: allowed))
      return
    }
    switch entry.value {
    case .mapping(let names):
      for name in names { collect(path + [name], into: &problems) }
    case .text: problems.append(notAMapping(key, entry.line, found: "a single value"))
    case .list: problems.append(notAMapping(key, entry.line, found: "a list"))
    case .nothing: problems.append(notAMapping(key, entry.line, found: "nothing"))
    }
  }

  private func notAMapping(_ key: String, _ line: Int, found: String) -> Problem {
    Problem(.file(path), line: line, key: key, found: found, allowed: "a mapping of keys")
  }

  private func suggestion(for path: [String]) -> String {
    let parent = Array(path.dropLast())
    let siblings = siblings(under: parent)
    let list = siblings.prefix(24).joined(separator: ", ") + (siblings.count > 24 ? ", …" : "")
    let allowed = list.isEmpty ? "a known key" : list
    guard let name = path.last else { return allowed }
    let nearest = Suggestion.nearest(to: name, among: siblings).map { (parent + [$0]).joined(separator: ".") }
    let elsewhere = record.registered.first { $0.key.split(separator: ".").last.map(String.init) == name }?.key
    return (nearest ?? elsewhere).map { "\(allowed); did you mean \"\($0)\"?" } ?? allowed
  }

  /// The known names right below a key, in the order in which they were asked for.
  private func siblings(under parent: [String]) -> [String] {
    var seen: Set<String> = []
    let prefix = parent.isEmpty ? "" : parent.joined(separator: ".") + "."
    return record.registered.lazy.map(\.key).filter { $0.hasPrefix(prefix) }
      .compactMap { $0.dropFirst(prefix.count).split(separator: ".").first.map(String.init) }
      .filter { seen.insert($0).inserted }
  }

  // MARK: Environment and options

  private func variables() -> [Problem] {
    let keys = Dictionary(grouping: record.registered, by: \.variable)
    let set = record.environment.keys.filter { $0.hasPrefix("TRIBUTARY_") && !record.otherVariables.contains($0) }.sorted()
    let unknown = set.filter { keys[$0] == nil && !isServiceLink($0) }
    let shared = set.compactMap { name in keys[name].flatMap { $0.count > 1 ? (name, $0.map(\.key)) : nil } }
    return unknown.prefix(Self.limit).map { name in
      let nearest = Suggestion.nearest(to: name, among: record.registered.map(\.variable))
      let allowed = "TRIBUTARY_ and a known key, as in TRIBUTARY_SERVER_PORT"
      let hint = nearest.map { "\(allowed); did you mean \"\($0)\"?" } ?? allowed
      return Problem(.environment(variable: name), found: "an unknown variable", allowed: hint)
    }
      + shared.map { name, keys in
        Problem(.environment(variable: name), found: "one variable for \(keys.joined(separator: " and "))", allowed: "one key")
      }
  }

  /// Kubernetes puts `TRIBUTARY_SERVICE_HOST`, `TRIBUTARY_PORT=tcp://…`, `TRIBUTARY_PORT_8005_TCP_ADDR` and more into every
  /// container beside a service of our name. They are nobody's mistake.
  private func isServiceLink(_ name: String) -> Bool {
    let words = name.split(separator: "_").map(String.init)
    if name.hasSuffix("_SERVICE_HOST") || name.hasSuffix("_SERVICE_PORT") || name.contains("_SERVICE_PORT_") { return true }
    let value = record.environment[name, default: ""]
    if name.hasSuffix("_PORT"), ["tcp://", "udp://", "sctp://"].contains(where: { value.hasPrefix($0) }) { return true }
    return words.indices.dropLast(2).contains { index in
      words[index] == "PORT" && words[index + 1].utf8.allSatisfy(\.isDigit) && ["TCP", "UDP", "SCTP"].contains(words[index + 2])
    }
  }

  private func options() -> [Problem] {
    record.options.values.filter { !record.leaves.contains($0.key) }.map { option in
      Problem(.option(option.name), key: option.key, found: "the unknown key \(option.key)", allowed: "a known key")
    }
  }
}
