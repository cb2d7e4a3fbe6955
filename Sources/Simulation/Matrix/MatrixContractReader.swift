import Settings

/// Reads the rows of a ``MatrixContract``.
struct MatrixContractReader {
  let path: String

  func problem(_ line: Int?, _ found: String, _ allowed: String, key: String? = nil) -> Problem {
    Problem(.file(path), line: line, key: key, found: found, allowed: allowed)
  }

  func clause(_ row: YAMLTree) throws(Problem) -> MatrixContract.Clause {
    guard case .mapping(let members, let line) = row else { throw problem(row.line, "a row that is no mapping", Self.keys) }
    var values: [String: YAMLTree] = [:]
    for (key, value) in members { values[key] = value }
    for (key, value) in members where !Self.names.contains(key) { throw problem(value.line, "the key \(key)", Self.keys) }
    let allDocuments = SimulatedDocument.allCases.map(\.rawValue).joined(separator: ", ")
    let allCaches = SimulatedCache.allCases.map(\.rawValue).joined(separator: ", ")
    guard let document = SimulatedDocument(rawValue: try text("document", of: values, line)) else {
      throw problem(line, "another document", allDocuments, key: "document")
    }
    guard let cache = SimulatedCache(rawValue: try text("cache", of: values, line)) else {
      throw problem(line, "another state", allCaches, key: "cache")
    }
    var clause = MatrixContract.Clause(line: line, document: document, available: try available(values, line), cache: cache)
    clause.status = try values["status"].map { value throws(Problem) in try status(value) }
    clause.isCacheable = try values["cacheable"].map { value throws(Problem) in try flag(value) }
    clause.sections = try words("sections", of: values)
    clause.derived = try words("derived", of: values)
    guard clause.status != nil || clause.isCacheable != nil || !clause.sections.isEmpty || !clause.derived.isEmpty else {
      throw problem(line, "a row that demands nothing", "at least one of status, sections, derived, cacheable")
    }
    return clause
  }

  private static let names: Set<String> = ["document", "available", "cache", "status", "sections", "derived", "cacheable"]
  private static let keys = "a mapping of document, available, cache, and any of status, sections, derived, cacheable"

  private func text(_ key: String, of values: [String: YAMLTree], _ line: Int) throws(Problem) -> String {
    guard case .text(let text, _)? = values[key] else { throw problem(values[key]?.line ?? line, "no text", "a word", key: key) }
    return text
  }

  private func available(_ values: [String: YAMLTree], _ line: Int) throws(Problem) -> MatrixContract.Available {
    switch values["available"] {
    case .text("all", _): return .all
    case .text("none", _): return .these([])
    case .list(let items, _):
      var names: Set<String> = []
      for item in items {
        guard case .text(let name, _) = item else { throw problem(item.line, "no text", "names of upstreams", key: "available") }
        names.insert(name)
      }
      return .these(names)
    case .text, .mapping, nil:
      throw problem(values["available"]?.line ?? line, "no list", "a list of upstreams, all or none", key: "available")
    }
  }

  private func status(_ value: YAMLTree) throws(Problem) -> Int {
    guard case .text(let text, _) = value, let status = Int(text), (100..<600).contains(status) else {
      throw problem(value.line, "no status", "a status from 100 to 599", key: "status")
    }
    return status
  }

  private func flag(_ value: YAMLTree) throws(Problem) -> Bool {
    guard case .text(let text, _) = value, let flag = Bool(text) else {
      throw problem(value.line, "neither", "true or false", key: "cacheable")
    }
    return flag
  }

  private func words(_ key: String, of values: [String: YAMLTree]) throws(Problem) -> [MatrixRow.Word] {
    guard let value = values[key] else { return [] }
    guard case .mapping(let members, _) = value else { throw problem(value.line, "no mapping", "a word for each name", key: key) }
    var words: [MatrixRow.Word] = []
    for (name, value) in members {
      guard case .text(let word, _) = value else { throw problem(value.line, "no text", "a word", key: "\(key).\(name)") }
      words.append(MatrixRow.Word(name, word))
    }
    return words
  }
}
