extension Matrix {
  /// For `--assert`: a line a row, so that a change shows which.
  package var yaml: String {
    let head = """
      # How answers degrade: what tributary check --matrix --format yaml prints, and --assert holds.
      # A row says what must hold; what it leaves out may be anything. See docs/degradation.md.

      """
    return head + rows.map { "- {\($0.members.joined(separator: ", "))}\n" }.joined()
  }
}

extension MatrixRow {
  fileprivate var members: [String] {
    let available = upstreams.filter(place.available.contains)
    let words = { (words: [Word]) in "{" + words.map { "\($0.name): \($0.word)" }.joined(separator: ", ") + "}" }
    return [
      "document: \(place.document.rawValue)", "available: [\(available.joined(separator: ", "))]",
      "cache: \(place.cache.rawValue)",
      "status: \(status)", "sections: \(words(sections))",
    ] + (derived.isEmpty ? [] : ["derived: \(words(derived))"]) + ["cacheable: \(isCacheable)"]
  }
}
