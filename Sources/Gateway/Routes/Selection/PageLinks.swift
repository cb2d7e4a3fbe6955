import HTTPTypes

/// `Link` (RFC 8288) of a page: the first one, and the next if there is one. Targets are relative to this server.
enum PageLinks {
  /// - Parameters:
  ///   - path: that was asked for.
  ///   - query: its parameters, which all pages have in common but for their cursor.
  static func value(path: String, _ query: QueryParameters, next: String?) -> String {
    let common = query.raw(without: "cursor").map(escaped)
    let links = [next.map { link(path, common + ["cursor=\($0)"], "next") }, link(path, common, "first")]
    return links.compactMap(\.self).joined(separator: ", ")
  }

  private static func link(_ path: String, _ query: [String], _ relation: String) -> String {
    "<\(escaped(path[...]))\(query.isEmpty ? "" : "?")\(query.joined(separator: "&"))>; rel=\"\(relation)\""
  }

  /// A client may have sent what no URI has: it would end the target early, or be more than one field.
  private static func escaped(_ text: Substring) -> String {
    guard !text.utf8.allSatisfy(isOfURI) else { return String(text) }
    return text.utf8.reduce(into: "") { escaped, byte in
      if isOfURI(byte) {
        escaped.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        escaped += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
  }

  private static func isOfURI(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "^"), UInt8(ascii: "`"),
      UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"):
      false
    default: byte > 0x20 && byte < 0x7F
    }
  }
}

extension HTTPField.Name {
  static let pageLink = HTTPField.Name("Link")!
}
