package import Settings

/// Rows that must hold, from a file: a YAML list of mappings.
///
/// ```yaml
/// - {document: summary, available: [users, accounts], cache: cold, status: 200, sections: {metrics: missing}, cacheable: false}
/// - {document: consolidated, available: none, cache: warm, status: 200}
/// ```
///
/// `document`, `available` (a list of upstreams, `all` or `none`) and `cache` say which row; the others, what must stand there.
package struct MatrixContract: Sendable {
  /// One row of the file.
  struct Clause: Sendable {
    let line: Int
    let document: SimulatedDocument
    let available: Available
    let cache: SimulatedCache
    var status: Int?
    var sections: [MatrixRow.Word] = []
    var derived: [MatrixRow.Word] = []
    var isCacheable: Bool?
  }

  enum Available: Sendable, Equatable {
    case all
    case these(Set<String>)
  }

  let path: String
  let clauses: [Clause]

  /// How many rows there are.
  package var count: Int { clauses.count }
  /// The states of the cache that its rows are about.
  package var caches: [SimulatedCache] { SimulatedCache.allCases.filter { cache in clauses.contains { $0.cache == cache } } }

  /// - Parameter settings: whose documents, sections and upstreams it may name.
  /// - Throws: what is wrong with the file.
  package init(path: String, for settings: SimulatedSettings) throws(Problem) {
    let reader = MatrixContractReader(path: path, settings: settings)
    self.path = path
    guard case .list(let rows, _)? = try YAMLTree.read(path: path), !rows.isEmpty else {
      throw reader.problem(nil, "no list of rows", "a list of rows such as tributary check --matrix --format yaml prints")
    }
    var clauses: [Clause] = []
    for row in rows { clauses.append(try reader.clause(row)) }
    self.clauses = clauses
  }

  /// What does not hold, a line for each: where it is demanded, what is expected, what was found.
  package func breaches(by matrix: Matrix) -> [String] {
    clauses.flatMap { clause in
      let rows = matrix.rows.filter { $0.place.document == clause.document && $0.place.cache == clause.cache }
      guard let row = rows.first(where: { clause.available.isWhatIs($0.place.available, of: $0.upstreams) }) else {
        let upstreams = rows.first?.upstreams.joined(separator: ", ") ?? ""
        return ["\(path):\(clause.line): no such row: \(clause.document.rawValue) is made from \(upstreams)"]
      }
      return clause.differences(from: row).map { "\(path):\(clause.line): \(row.name): \($0)" }
    }
  }
}

extension MatrixContract.Available {
  fileprivate func isWhatIs(_ available: Set<String>, of upstreams: [String]) -> Bool {
    switch self {
    case .all: available.count == upstreams.count
    case .these(let names): available == names
    }
  }
}

extension MatrixContract.Clause {
  fileprivate func differences(from row: MatrixRow) -> [String] {
    var differences: [String] = []
    func compare(_ what: String, _ expected: String?, _ found: String?) {
      guard let expected, expected != found else { return }
      differences.append("\(what): expected \(expected), found \(found ?? "none")")
    }
    compare("status", status.map { String($0) }, String(row.status))
    for (part, words, found) in [("sections", sections, row.sections), ("derived", derived, row.derived)] {
      for word in words { compare("\(part).\(word.name)", word.word, found.first { $0.name == word.name }?.word) }
    }
    compare("cacheable", isCacheable.map { String($0) }, String(row.isCacheable))
    return differences
  }
}

extension MatrixRow {
  /// `summary with users, metrics, cache cold`.
  fileprivate var name: String {
    let available = upstreams.filter(place.available.contains).joined(separator: ", ")
    return "\(place.document.rawValue) with \(available.isEmpty ? "no upstream" : available), cache \(place.cache.rawValue)"
  }
}
