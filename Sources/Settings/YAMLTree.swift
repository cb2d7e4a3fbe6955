import Yams

/// A YAML file that is no configuration: its values as they stand, with their lines. The same small part of YAML is read, and the same
/// limits hold, as for a configuration; lists may hold anything.
package enum YAMLTree: Sendable {
  /// Every scalar is text.
  case text(String, line: Int)
  case list([YAMLTree], line: Int)
  /// In the order of the file.
  case mapping([(key: String, value: YAMLTree)], line: Int)

  package var line: Int {
    switch self {
    case .text(_, let line), .list(_, let line), .mapping(_, let line): line
    }
  }

  /// - Returns: nil for an empty file.
  /// - Throws: what is wrong with the file, with its place.
  package static func read(path: String) throws(Problem) -> YAMLTree? {
    let bytes: [UInt8]
    do throws(FileBytes.Unreadable) {
      bytes = try FileBytes.read(path: path, limit: ConfigurationFile.byteLimit)
    } catch {
      throw Problem(.file(path), found: error.reason, allowed: "a YAML file")
    }
    switch YAMLText.checked(bytes) {
    case .failure(let fault): throw fault.problem(in: path)
    case .success(let text):
      let document = YAMLDocument(composing: text)
      if let fault = document.faults.first { throw fault.problem(in: path) }
      guard let root = document.root else { return nil }
      return try YAMLTree(root, path, line: 1, depth: 0)
    }
  }

  private init(_ node: Node, _ path: String, line: Int, depth: Int) throws(Problem) {
    let line = node.mark?.line ?? line
    guard depth < ConfigurationFile.depthLimit else {
      throw Problem(
        .file(path), line: line, found: "values nested too deep", allowed: "at most \(ConfigurationFile.depthLimit) levels")
    }
    switch node {
    case .scalar(let scalar): self = .text(scalar.string, line: line)
    case .alias: throw Problem(.file(path), line: line, found: "a YAML alias", allowed: YAMLText.aliasesAllowed)
    case .sequence(let sequence):
      var items: [YAMLTree] = []
      for item in sequence { items.append(try YAMLTree(item, path, line: line, depth: depth + 1)) }
      self = .list(items, line: line)
    case .mapping(let mapping):
      var members: [(key: String, value: YAMLTree)] = []
      for (key, value) in mapping {
        guard let name = key.scalar?.string else {
          throw Problem(.file(path), line: key.mark?.line ?? line, found: "a key that is no text", allowed: "a plain name")
        }
        if let mark = name.unicodeScalars.first, mark == YAMLText.repeatedKeyMark {
          throw Problem(.file(path), line: key.mark?.line ?? line, found: "a key more than once", allowed: "each key once")
        }
        members.append((name, try YAMLTree(value, path, line: key.mark?.line ?? line, depth: depth + 1)))
      }
      self = .mapping(members, line: line)
    }
  }
}

extension YAMLFault {
  fileprivate func problem(in path: String) -> Problem { Problem(.file(path), line: line, found: found, allowed: allowed) }
}

extension Problem: Error {}
