extension SettingsReader {
  /// The path of a request, from its slash, with a query if need be (RFC 9112 §3.2.1, origin form).
  package func path(_ key: String, default fallback: String) -> String {
    value(key, default: fallback, shown: fallback, allowed: "a path that begins with / and has no blanks") { text in
      let isVisible = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }
      return text.hasPrefix("/") && isVisible ? text : nil
    }
  }

  /// Whether any layer has the key, with a good value or a bad one.
  package func isSet(_ key: String) -> Bool {
    let path = path(of: key)
    return record.file.entries[path.joined(separator: ".")] != nil || record.text(at: path, isSecret: true) != nil
  }
}
