extension SettingsReader {
  /// Text as it stands, the empty text too.
  package func string(_ key: String, default fallback: String) -> String {
    read(key, default: fallback, shown: fallback.isEmpty ? "\"\"" : fallback, allowed: "text", emptyIsAllowed: true) { $0 }
  }

  /// Text, or nil where no layer has the key.
  package func optionalString(_ key: String) -> String? {
    read(key, shown: "none", allowed: "text", emptyIsAllowed: true) { $0 }
  }

  package func integer(_ key: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
    read(key, default: fallback, shown: "\(fallback)", allowed: NumberText.allowed(range)) {
      NumberText.integer($0).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// A decimal number, such as a ratio.
  package func number(_ key: String, default fallback: Double, in range: ClosedRange<Double>) -> Double {
    let allowed = "a number from \(range.lowerBound) to \(range.upperBound)"
    return read(key, default: fallback, shown: "\(fallback)", allowed: allowed) {
      NumberText.number($0).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// `true` or `false`, and no other word.
  package func flag(_ key: String, default fallback: Bool) -> Bool {
    read(key, default: fallback, shown: "\(fallback)", allowed: "true or false") { Bool($0.trimmed) }
  }

  /// A number with its unit: see `DurationText`.
  package func duration(_ key: String, default fallback: Duration, in range: ClosedRange<Duration>) -> Duration {
    read(key, default: fallback, shown: DurationText.render(fallback), allowed: DurationText.allowed(range)) {
      DurationText.parse($0).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// A size in bytes; `KB`, `MB` and `GB` are powers of 1024.
  package func bytes(_ key: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
    read(key, default: fallback, shown: ByteSizeText.render(fallback), allowed: ByteSizeText.allowed(range)) {
      ByteSizeText.parse($0).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// One of the words of an enum, in capitals or not.
  package func choice<Choice: CaseIterable & RawRepresentable>(_ key: String, default fallback: Choice) -> Choice
  where Choice.RawValue == String {
    let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    return read(key, default: fallback, shown: fallback.rawValue, allowed: "one of \(words)") { text in
      Choice.allCases.first { $0.rawValue.lowercased() == text.trimmed.lowercased() }
    }
  }

  /// See `BaseURL` for what is refused.
  package func url(_ key: String, default fallback: BaseURL, schemes: [String] = ["http", "https"]) -> BaseURL {
    read(key, default: fallback, shown: fallback.text, allowed: BaseURL.allowed(schemes), isSecret: true) {
      BaseURL($0.trimmed, schemes: schemes)
    }
  }

  /// A URL, or nil where no layer has the key.
  package func optionalURL(_ key: String, schemes: [String] = ["http", "https"]) -> BaseURL? {
    read(key, shown: "none", allowed: BaseURL.allowed(schemes), isSecret: true) { BaseURL($0.trimmed, schemes: schemes) }
  }

  /// A value of any type: `parse` gives nil for a text that `allowed` does not describe; `shown` is the default as text.
  package func value<Value>(
    _ key: String, default fallback: Value, shown: String, allowed: String, parse: (String) -> Value?
  ) -> Value {
    read(key, default: fallback, shown: shown, allowed: allowed, parse: parse)
  }

  private func read<Value>(
    _ key: String, default fallback: Value, shown: String, allowed: String, emptyIsAllowed: Bool = false, isSecret: Bool = false,
    parse: (String) -> Value?
  ) -> Value {
    read(key, shown: shown, allowed: allowed, emptyIsAllowed: emptyIsAllowed, isSecret: isSecret, parse: parse) ?? fallback
  }

  /// Registers the key, checks what the file has for it, and returns what is in effect; nil if nothing usable is.
  /// `isSecret` keeps the value out of swift-configuration's access log.
  func read<Value>(
    _ key: String, shown: String, allowed: String, emptyIsAllowed: Bool = false, isSecret: Bool = false,
    parse: (String) -> Value?
  ) -> Value? {
    let path = path(of: key)
    record.register(path, default: shown, allowed: allowed)
    func accepted(_ text: String) -> Value? { emptyIsAllowed || !text.isEmpty ? parse(text) : nil }
    let fromFile = checkedFile(path, allowed: allowed, parse: accepted)
    guard let hit = record.text(at: path, isSecret: isSecret) else { return nil }
    if case .file = hit.origin { return fromFile }
    if let value = accepted(hit.text) { return value }
    record.report(path, badText: hit.text, at: hit.origin, allowed: allowed)
    return nil
  }

  private func checkedFile<Value>(_ path: [String], allowed: String, parse: (String) -> Value?) -> Value? {
    guard let entry = record.file.entries[path.joined(separator: ".")] else { return nil }
    let found: String
    switch entry.value {
    case .text(let text):
      if let value = parse(text) { return value }
      found = Wording.quoted(text)
    case .list: found = "a list"
    case .mapping: found = "a mapping"
    case .nothing: found = "nothing"
    }
    record.report(path, at: .file(line: entry.line), found: found, allowed: allowed)
    return nil
  }
}
