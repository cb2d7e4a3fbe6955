/// The YAML file as keys with places: what stands where, in file order, and what is wrong with its form.
///
/// The form that is allowed is a small part of YAML: one document, mappings with plain names as keys, scalars, and lists of
/// scalars. Anchors are ignored; aliases and merge keys are refused (a file of settings does not need them, and they are how
/// a few lines become a billion nodes), and so are tags. Every scalar stays text: no `yes` that means true, no `010` that
/// means eight.
struct ConfigurationFile {
  /// What stands under a key.
  enum Value {
    case text(String)
    case list([Item])
    /// The names inside, in file order.
    case mapping([String])
    /// `key:` with nothing, `~` or `null`.
    case nothing
  }

  /// One element of a list; `text` is nil where it is not a scalar.
  struct Item {
    let line: Int
    let text: String?
  }

  struct Entry {
    let line: Int
    let value: Value
  }

  /// The largest file that is read.
  static let byteLimit = 1 << 20
  static let nodeLimit = 100_000
  static let depthLimit = 16
  static let nameLimit = 64

  /// The path as it was given; nil when there is no file.
  let path: String?
  /// Names at the root, in file order.
  var names: [String] = []
  /// By dotted key.
  var entries: [String: Entry] = [:]
  var problems: [Problem] = []

  /// No file: only environment, options and defaults.
  static let none = ConfigurationFile(path: nil)

  /// Reads and parses the file; one that cannot be read is a problem without a line.
  init(reading path: String) {
    do {
      self.init(bytes: try FileBytes.read(path: path, limit: Self.byteLimit), path: path)
    } catch {
      self.init(path: path)
      let allowed = "a readable YAML file of at most \(ByteSizeText.render(Self.byteLimit))"
      problems = [Problem(.file(path), found: "no configuration (\(error.reason))", allowed: allowed)]
    }
  }

  init(bytes: [UInt8], path: String) {
    self.init(path: path)
    switch YAMLText.checked(bytes) {
    case .failure(let fault):
      problems = [Problem(.file(path), line: fault.line, found: fault.found, allowed: fault.allowed)]
    case .success(let text):
      let document = YAMLDocument(composing: text)
      problems = document.faults.map { Problem(.file(path), line: $0.line, found: $0.found, allowed: $0.allowed) }
      guard let root = document.root else { return }
      var walk = YAMLWalk(path: path)
      walk.document(root)
      (names, entries) = walk.isComplete ? (walk.names, walk.entries) : ([], [:])
      problems += walk.problems
    }
  }

  private init(path: String?) {
    self.path = path
  }

  /// The place of a key, or of the nearest parent that stands in the file.
  func place(of path: [String]) -> (source: Problem.Source, line: Int?) {
    guard let file = self.path else { return (.builtIn, nil) }
    let lines = path.indices.reversed().lazy.compactMap { entries[path[...$0].joined(separator: ".")]?.line }
    return (.file(file), lines.first)
  }
}

/// What is wrong with the text of a YAML file as such.
struct YAMLFault: Error {
  let line: Int?
  let found: String
  let allowed: String
}
