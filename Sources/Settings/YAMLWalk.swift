import Yams

/// Flattens a YAML tree into dotted keys with their lines, and reports what the form does not allow. See `ConfigurationFile`.
struct YAMLWalk {
  let path: String
  private(set) var names: [String] = []
  private(set) var entries: [String: ConfigurationFile.Entry] = [:]
  private(set) var problems: [Problem] = []
  /// False when the tree was too large to look at; then nothing of it counts.
  private(set) var isComplete = true

  private var nodes = 0
  /// The place of the last node, in file order. Yams puts the anchor's node in an alias's place: there, places go backwards.
  private var last = (line: 0, column: 0)

  init(path: String) {
    self.path = path
  }

  mutating func document(_ root: Node) {
    switch root {
    case .mapping(let mapping):
      names = children(of: mapping, at: [])
    case .scalar(let scalar) where Self.isNothing(scalar):
      break  // Only comments, or `---`: nothing is set.
    case .scalar, .sequence, .alias:
      report(root.mark?.line ?? 1, nil, found: Self.kind(root), allowed: "a YAML mapping")
    }
    if !isComplete {
      problems = [Problem(.file(path), found: "more than \(ConfigurationFile.nodeLimit) values", allowed: "fewer")]
    }
  }

  /// Enters everything below a mapping; returns its names in file order.
  private mutating func children(of mapping: Node.Mapping, at parent: [String]) -> [String] {
    var lines: [String: Int] = [:]
    var names: [String] = []
    for (index, pair) in mapping.enumerated() {
      guard isComplete, let key = name(pair.key, isFirst: index == 0, in: parent) else { continue }
      let line = last.line
      if let first = lines[key] {
        report(line, parent + [key], found: "the key a second time (first on line \(first))", allowed: "each key once")
        continue
      }
      lines[key] = line
      if let value = value(pair.value, at: parent + [key], line: line) {
        entries[(parent + [key]).joined(separator: ".")] = .init(line: line, value: value)
        names.append(key)
      }
    }
    return names
  }

  /// The name of a key without the mark of `YAMLDocument`; nil, and a problem, if it is not a usable name.
  private mutating func name(_ node: Node, isFirst: Bool, in parent: [String]) -> String? {
    let allowed = "a plain name of at most \(ConfigurationFile.nameLimit) characters"
    guard case .scalar(let scalar) = node, !isAlias(node, mayShareItsPlace: isFirst) else {
      report(node.mark?.line ?? last.line, parent, found: "a key that is \(Self.kind(node))", allowed: allowed)
      return nil
    }
    let name = String(String.UnicodeScalarView(scalar.string.unicodeScalars.drop { $0 == YAMLText.repeatedKeyMark }))
    if name == "<<" {
      report(last.line, parent, found: "a YAML merge key", allowed: YAMLText.aliasesAllowed)
    } else if name.isEmpty || name.unicodeScalars.count > ConfigurationFile.nameLimit {
      report(last.line, parent, found: name.isEmpty ? "a key without a name" : "a long key", allowed: allowed)
    } else if name.contains(".") {
      report(last.line, parent, found: "the key \(Wording.quoted(name))", allowed: "nested keys in place of dots")
    } else if parent.count >= ConfigurationFile.depthLimit {
      report(last.line, nil, found: "keys nested too deep", allowed: "at most \(ConfigurationFile.depthLimit) levels")
    } else {
      return name
    }
    return nil
  }

  private mutating func value(_ node: Node, at path: [String], line: Int) -> ConfigurationFile.Value? {
    if isAlias(node) {
      report(line, path, found: "a YAML alias", allowed: YAMLText.aliasesAllowed)
      return nil
    }
    guard Self.plainTags.contains(node.tag.rawValue) else {
      report(line, path, found: "a YAML tag", allowed: "the value without a tag")
      return nil
    }
    switch node {
    case .scalar(let scalar):
      return Self.isNothing(scalar) ? .nothing : .text(scalar.string)
    case .mapping(let mapping):
      return .mapping(children(of: mapping, at: path))
    case .sequence(let sequence):
      return .list(items(of: sequence, at: path))
    case .alias:
      return nil
    }
  }

  private mutating func items(of sequence: Node.Sequence, at path: [String]) -> [ConfigurationFile.Item] {
    var items: [ConfigurationFile.Item] = []
    for node in sequence {
      guard isComplete else { break }
      if isAlias(node) {
        report(last.line, path, found: "a YAML alias", allowed: YAMLText.aliasesAllowed)
        continue
      }
      let text = node.scalar.flatMap { Self.isNothing($0) ? nil : $0.string }
      items.append(.init(line: last.line, text: text))
    }
    return items
  }

  /// Counts the node, moves on to its place, and says whether it stands in the place of an alias: at or before the last place.
  /// A block mapping begins where its first key does, and an empty value has no place of its own.
  private mutating func isAlias(_ node: Node, mayShareItsPlace: Bool = false) -> Bool {
    nodes += 1
    isComplete = nodes <= ConfigurationFile.nodeLimit
    guard let mark = node.mark else { return false }
    let place = (line: mark.line, column: mark.column)
    let isEmpty = node.scalar?.string.isEmpty ?? false
    if place < last || (place == last && !mayShareItsPlace && !isEmpty) { return true }
    last = place
    return false
  }

  private mutating func report(_ line: Int, _ path: [String]?, found: String, allowed: String) {
    let key = path.flatMap { $0.isEmpty ? nil : $0.joined(separator: ".") }
    problems.append(Problem(.file(self.path), line: line, key: key, found: found, allowed: allowed))
  }

  private static let plainTags: Set<String> = ["", "!", "str", "int", "float", "bool", "null", "seq", "map"].reduce(into: []) {
    $0.formUnion([$1, "tag:yaml.org,2002:\($1)"])
  }

  private static func isNothing(_ scalar: Node.Scalar) -> Bool {
    scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }

  private static func kind(_ node: Node) -> String {
    switch node {
    case .scalar: "a single value"
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .alias: "a YAML alias"
    }
  }
}
