import HTTPTypes

/// Whether a client would rather have a page than JSON (`Accept`, RFC 9110 §12.5.1): a browser that goes to an address says so. Whoever
/// accepts everything alike, such as curl, would not. A member that is malformed is as if it were not there.
enum HTMLPreference {
  static func holds(for fields: HTTPFields) -> Bool {
    guard let accept = fields.list(.accept) else { return false }
    var page: Int16 = 0
    // Of the ranges that hold JSON the most exact one counts.
    var json: (exactness: Int, weight: Int16) = (0, 0)
    var members = FieldMembers(accept)
    while members.toNextMember() {
      defer { members.skipMember() }
      let range = members.take { FieldMembers.isTokenByte($0) || $0 == UInt8(ascii: "/") }
      guard let weight = members.weightBehindParameters() else { continue }
      let name = String(decoding: range, as: UTF8.self).lowercased()
      if name == "text/html" { page = weight }
      if let exactness = exactness[name], exactness >= json.exactness { json = (exactness, weight) }
    }
    return page > json.weight
  }

  private static let exactness = ["*/*": 1, "application/*": 2, "application/json": 3]
}
