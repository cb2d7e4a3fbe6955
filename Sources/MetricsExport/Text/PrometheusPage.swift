/// A page of metrics in the text format of Prometheus, version 0.0.4.
struct PrometheusPage {
  private(set) var bytes: [UInt8] = []

  init() { bytes.reserveCapacity(64 * 1024) }

  /// Begins a metric; all its samples follow.
  mutating func begin(_ description: MetricDescription) {
    let help = description.help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    bytes += "# HELP \(description.name) \(help)\n# TYPE \(description.name) \(description.kind.rawValue)\n".utf8
  }

  mutating func sample(_ text: [UInt8], _ value: Int) {
    bytes += text
    bytes += String(value).utf8
    bytes.append(UInt8(ascii: "\n"))
  }

  mutating func sample(_ text: [UInt8], _ value: Double) {
    bytes += text
    bytes += Self.text(value).utf8
    bytes.append(UInt8(ascii: "\n"))
  }

  /// As Go writes it, which reads it.
  static func text(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return Int64(exactly: value).map(String.init) ?? "\(value)"
  }
}
