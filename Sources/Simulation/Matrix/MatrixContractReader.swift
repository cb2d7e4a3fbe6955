import Aggregation
import Settings

/// Reads the rows of a ``MatrixContract``. Every word in them must be one that the matrix could have: what nobody ever prints would be a
/// demand that fails, or holds, for the wrong reason.
struct MatrixContractReader {
  let path: String
  let settings: SimulatedSettings

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
    var clause = MatrixContract.Clause(
      line: line, document: document, available: try available(values, of: document, line), cache: cache)
    clause.status = try values["status"].map { value throws(Problem) in try status(value) }
    clause.isCacheable = try values["cacheable"].map { value throws(Problem) in try flag(value) }
    let sections = settings.sections.map(\.name).filter(document.has)
    clause.sections = try words("sections", of: values, names: sections, words: DocumentWords.states)
    clause.derived = try words("derived", of: values, names: DocumentWords.derived, words: DocumentWords.qualities)
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

  private func available(
    _ values: [String: YAMLTree], of document: SimulatedDocument, _ line: Int
  ) throws(Problem) -> MatrixContract.Available {
    let upstreams = settings.upstreams(of: document)
    switch values["available"] {
    case .text("all", _): return .all
    case .text("none", _): return .these([])
    case .list(let items, _):
      var names: Set<String> = []
      for item in items {
        guard case .text(let name, _) = item else { throw problem(item.line, "no text", "names of upstreams", key: "available") }
        names.insert(try known(name, among: upstreams, item.line, key: "available"))
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

  private func words(
    _ key: String, of values: [String: YAMLTree], names: [String], words known: [String]
  ) throws(Problem) -> [MatrixRow.Word] {
    guard let value = values[key] else { return [] }
    guard case .mapping(let members, _) = value else { throw problem(value.line, "no mapping", "a word for each name", key: key) }
    var words: [MatrixRow.Word] = []
    for (name, value) in members {
      guard case .text(let word, _) = value else { throw problem(value.line, "no text", "a word", key: "\(key).\(name)") }
      words.append(
        MatrixRow.Word(
          try self.known(name, among: names, value.line, key: key),
          try self.known(word, among: known, value.line, key: "\(key).\(name)")))
    }
    return words
  }

  private func known(_ word: String, among words: [String], _ line: Int, key: String) throws(Problem) -> String {
    guard words.contains(word) else { throw problem(line, "\"\(word)\"", words.joined(separator: ", "), key: key) }
    return word
  }
}
