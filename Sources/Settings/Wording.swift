/// Foreign text made fit for one line of a problem: no credentials, no control characters, no endless value.
enum Wording {
  /// A found value in quotes, at most 60 characters of it; passwords and queries of URLs are `***`.
  static func quoted(_ value: String) -> String {
    value.isEmpty ? "nothing" : "\"\(escaped(masked(value), limit: 60, quotes: true))\""
  }

  /// A phrase that may have foreign parts in it.
  static func phrase(_ text: String, limit: Int = 240) -> String {
    escaped(masked(text), limit: limit, quotes: false)
  }

  /// Puts `***` for what may be a credential: all between `://` (or the start, if a colon follows) and the last `@`,
  /// and the query of a URL. Masking comes before cutting, so that a long password is not cut free of its `@`.
  static func masked(_ text: String) -> String {
    var bytes = Array(text.utf8)
    let separator = bytes.indices.first { bytes[$0...].starts(with: "://".utf8) }
    if let at = bytes.lastIndex(of: UInt8(ascii: "@")) {
      let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
      if let separator, separator < at {
        bytes.replaceSubrange((separator + 3)..<at, with: "***".utf8)
      } else if let colon, colon < at {
        bytes.replaceSubrange(..<at, with: "***".utf8)
      }
    }
    if separator != nil, let query = bytes.firstIndex(of: UInt8(ascii: "?")), query + 1 < bytes.count {
      bytes.replaceSubrange((query + 1)..., with: "***".utf8)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// At most `limit` characters, then `…`; what is not printable becomes `\n`, `\t` or `\u{7F}`.
  private static func escaped(_ text: String, limit: Int, quotes: Bool) -> String {
    var result = ""
    for (count, scalar) in text.unicodeScalars.enumerated() {
      guard count < limit else { return result + "…" }
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\"" where quotes, "\\" where quotes: result += "\\\(scalar)"
      default:
        if isPrintable(scalar) {
          result.unicodeScalars.append(scalar)
        } else {
          result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        }
      }
    }
    return result
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
    default: true
    }
  }
}
