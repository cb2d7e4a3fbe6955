extension Matrix {
  /// For people: aligned columns, a table for each document.
  package var table: String {
    SimulatedDocument.allCases.map { document in
      let rows = rows.filter { $0.place.document == document }
      guard let first = rows.first else { return "" }
      let parts = first.derived.map(\.name)
      let head = Self.groups(
        first.upstreams, ["cache", "status"], first.sections.map(\.name), parts, ["Cache-Control", "ETag"])
      return "\(document.rawValue)\n" + Self.aligned([head] + rows.map { $0.cells(derived: parts) })
    }.joined(separator: "\n")
  }

  /// An upstream and a section may have the same name: a bar stands between what is and what comes of it.
  fileprivate static func groups(_ groups: [String]...) -> [String] {
    Array(groups.filter { !$0.isEmpty }.joined(separator: ["|"]))
  }

  private static func aligned(_ lines: [[String]]) -> String {
    let count = lines.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in lines.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return lines.map { cells in
      let text = zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
      return "  " + (text.lastIndex { $0 != " " }.map { String(text[...$0]) } ?? "") + "\n"
    }.joined()
  }
}

extension MatrixRow {
  /// - Parameter parts: the columns of what is computed; a refusal has none of it.
  fileprivate func cells(derived parts: [String]) -> [String] {
    Matrix.groups(
      upstreams.map { place.available.contains($0) ? "up" : "-" }, [place.cache.rawValue, String(status)], sections.map(\.word),
      parts.map { part in derived.first { $0.name == part }?.word ?? "-" }, [cacheControl, hasEntityTag ? "yes" : "-"])
  }
}
