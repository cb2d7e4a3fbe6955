extension SettingsReader {
  /// A list of texts: in the file a YAML list, elsewhere text with commas between them. Blanks around an element are dropped,
  /// and so are empty elements outside the file. One bad element is a problem at its line, and the default stands in for
  /// the whole list.
  package func strings(
    _ key: String, default fallback: [String], each allowed: String = "text", where accepts: (String) -> Bool = { _ in true }
  ) -> [String] {
    let path = path(of: key)
    let shown = fallback.isEmpty ? "none" : fallback.joined(separator: ", ")
    record.register(path, default: shown, allowed: "a list, each element \(allowed)")
    func isGood(_ text: String) -> Bool { !text.isEmpty && accepts(text) }
    let isFileGood = checkedList(path, each: allowed, isGood: isGood)
    if let hit = record.text(at: path) {
      if case .file = hit.origin { return fallback }
      return elements(of: hit, at: path, each: allowed, isGood: isGood) ?? fallback
    }
    return isFileGood ? record.layers.list(at: path)?.map(\.trimmed) ?? fallback : fallback
  }

  /// Text with commas, from a variable or an option.
  private func elements(
    of hit: (origin: SettingsRecord.Origin, text: String), at path: [String], each allowed: String, isGood: (String) -> Bool
  ) -> [String]? {
    let elements = hit.text.split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty }
    guard let bad = elements.isEmpty ? hit.text : elements.first(where: { !isGood($0) }) else { return elements }
    record.report(path, badText: bad, at: hit.origin, allowed: "a list with commas, each element \(allowed)")
    return nil
  }

  /// False if the file has the key and it is not a good list.
  private func checkedList(_ path: [String], each allowed: String, isGood: (String) -> Bool) -> Bool {
    guard let entry = record.file.entries[path.joined(separator: ".")] else { return true }
    let found: String
    switch entry.value {
    case .list(let items):
      let bad = items.filter { !($0.text.map { isGood($0.trimmed) } ?? false) }
      for item in bad {
        let shown = item.text.map(Wording.quoted) ?? "an element that is no text"
        record.report(path, at: .file(line: item.line), found: shown, allowed: allowed)
      }
      return bad.isEmpty
    case .text(let text): found = Wording.quoted(text)
    case .mapping: found = "a mapping"
    case .nothing: found = "nothing"
    }
    record.report(path, at: .file(line: entry.line), found: found, allowed: "a list, each element \(allowed)")
    return false
  }
}
