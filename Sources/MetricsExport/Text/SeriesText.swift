/// What stands before the value on each line of a series: written once, when the series is made.
struct SeriesText: Sendable {
  let plain: [UInt8]
  /// Of a histogram: one a bound, and the last for all.
  let buckets: [[UInt8]]
  let sum: [UInt8]
  let count: [UInt8]

  init(_ name: String, _ labels: [(String, String)], buckets: Buckets? = nil) {
    plain = Self.line(name, labels)
    guard let buckets else {
      (self.buckets, sum, count) = ([], [], [])
      return
    }
    let bounds = buckets.bounds.map { PrometheusPage.text(Double($0) / 1e9) } + ["+Inf"]
    self.buckets = bounds.map { Self.line("\(name)_bucket", labels + [("le", $0)]) }
    sum = Self.line("\(name)_sum", labels)
    count = Self.line("\(name)_count", labels)
  }

  private static func line(_ name: String, _ labels: [(String, String)]) -> [UInt8] {
    guard !labels.isEmpty else { return Array("\(name) ".utf8) }
    let pairs = labels.map { "\(Self.name($0, colons: false))=\"\(escaped($1))\"" }
    return Array("\(name){\(pairs.joined(separator: ","))} ".utf8)
  }

  /// A name as the format allows it: ASCII letters, digits, `_`, of a metric `:` too; no digit first.
  static func name(_ text: String, colons: Bool = true) -> String {
    var name = String(
      decoding: text.utf8.map { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "_"):
          byte
        case UInt8(ascii: ":") where colons: byte
        default: UInt8(ascii: "_")
        }
      }, as: UTF8.self)
    if name.first?.isNumber ?? true { name = "_\(name)" }
    return name
  }

  private static func escaped(_ value: String) -> String {
    var text = ""
    for character in value.unicodeScalars {
      switch character {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(character)
      }
    }
    return text
  }
}
