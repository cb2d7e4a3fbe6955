/// What all scopes of a reader share: the layers, the keys asked for, the problems met.
final class SettingsRecord {
  /// Where a value in effect came from.
  enum Origin {
    case file(line: Int)
    case environment(variable: String)
    case legacy(LegacyVariable)
    case option(String)
  }

  let file: ConfigurationFile
  let layers: Layers
  let environment: [String: String]
  let options: [String: OptionSetting]
  let otherVariables: Set<String>
  private let legacy: [String: LegacyVariable]

  private(set) var registered: [RegisteredKey] = []
  /// Dotted keys asked for.
  private(set) var leaves: Set<String> = []
  /// Dotted keys that have asked keys, or named parts, below them.
  private(set) var branches: Set<String> = [""]
  private(set) var origins: [String: Origin] = [:]
  /// Keys of the file that are already reported as such, and so are not unknown keys as well.
  private(set) var refused: Set<String> = []
  private var problems: [Problem]

  init(_ sources: SettingsSources, file: ConfigurationFile) {
    self.file = file
    environment = sources.environment
    otherVariables = sources.otherVariables
    options = Dictionary(sources.options.map { ($0.key, $0) }) { _, later in later }
    let set = sources.legacy.filter { sources.environment[$0.name, default: ""].trimmed != "" }
    legacy = Dictionary(set.map { ($0.key, $0) }) { first, _ in first }
    problems = file.problems
    let legacyTexts = legacy.mapValues { $0.text(sources.environment[$0.name, default: ""]) }
    layers = Layers(
      options: options.mapValues(\.value), environment: sources.environment, legacy: legacyTexts, file: file)
  }

  func register(_ path: [String], default text: String, allowed: String, isSecret: Bool = false) {
    let key = path.joined(separator: ".")
    registerBranch(Array(path.dropLast()))
    guard leaves.insert(key).inserted else { return }
    let variable = Layers.variable(of: path)
    registered.append(RegisteredKey(key: key, variable: variable, defaultText: text, allowed: allowed, isSecret: isSecret))
  }

  func registerBranch(_ path: [String]) {
    for end in path.indices.reversed() {
      guard branches.insert(path[...end].joined(separator: ".")).inserted else { return }
    }
  }

  func refuse(_ key: String) {
    refused.insert(key)
  }

  /// The text in effect, with its origin, which is remembered as the key's.
  func text(at path: [String], isSecret: Bool = false) -> (origin: Origin, text: String)? {
    guard let hit = layers.text(at: path, isSecret: isSecret) else { return nil }
    let key = path.joined(separator: ".")
    let origin: Origin? =
      switch hit.layer {
      case .option: options[key].map { .option($0.name) }
      case .environment: .environment(variable: Layers.variable(of: path))
      case .legacy: legacy[key].map { .legacy($0) }
      case .file: file.entries[key].map { .file(line: $0.line) }
      }
    origins[key] = origin
    return origin.map { ($0, hit.text) }
  }

  /// A bad value in effect; what is shown of a legacy variable is its text, without the unit that we put behind it.
  func report(_ path: [String], badText text: String, at origin: Origin, allowed: String) {
    guard case .legacy(let variable) = origin else {
      return report(path, at: origin, found: Wording.quoted(text), allowed: allowed)
    }
    let shown = Wording.quoted(environment[variable.name, default: text])
    report(path, at: origin, found: shown, allowed: variable.allowed(allowed))
  }

  /// Nil for the origin: where the key, or its nearest parent, stands in the file.
  func report(_ path: [String], at origin: Origin?, found: String, allowed: String) {
    let (source, line): (Problem.Source, Int?) =
      switch origin {
      case .file(let line): (file.path.map(Problem.Source.file) ?? .builtIn, line)
      case .environment(let variable): (.environment(variable: variable), nil)
      case .legacy(let variable): (.environment(variable: variable.name), nil)
      case .option(let name): (.option(name), nil)
      case nil: file.place(of: path)
      }
    problems.append(Problem(source, line: line, key: path.joined(separator: "."), found: found, allowed: allowed))
  }

  /// Sorted, each once.
  func allProblems() -> [Problem] {
    var seen: Set<Problem> = []
    return (problems + UnknownKeys(in: self).problems()).filter { seen.insert($0).inserted }.sorted()
  }
}
