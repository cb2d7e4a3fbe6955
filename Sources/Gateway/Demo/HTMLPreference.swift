import HTTPTypes

/// Whether a client would rather have a page than JSON (`Accept`, RFC 9110 §12.5.1): a browser that goes to an address says so. Whoever
/// accepts everything alike, such as curl, would not.
enum HTMLPreference {
  static func holds(for fields: HTTPFields) -> Bool {
    guard let accept = fields.list(.accept) else { return false }
    var page = 0.0
    // Ranges that hold JSON, the most exact of which counts.
    var json: [(exactness: Int, weight: Double)] = [(0, 0)]
    for member in accept.split(separator: ",") {
      let parts = member.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
      guard let range = parts.first, let weight = weight(parts.dropFirst()) else { continue }
      switch range {
      case "text/html": page = weight
      case "application/json": json.append((3, weight))
      case "application/*": json.append((2, weight))
      case "*/*": json.append((1, weight))
      default: break
      }
    }
    return page > (json.max { $0.exactness < $1.exactness }?.weight ?? 0)
  }

  /// 0 to 1; nil for what is no weight.
  private static func weight(_ parameters: some Sequence<String>) -> Double? {
    guard let text = parameters.first(where: { $0.hasPrefix("q=") })?.dropFirst(2) else { return 1 }
    guard let weight = Double(text), (0...1).contains(weight) else { return nil }
    return weight
  }
}
