/// Integers and decimal numbers as configuration writes them. Nothing here traps, whatever the text.
enum NumberText {
  /// Plain decimal digits with an optional minus: no `+`, no `1_000`, no leading zero (YAML 1.1 would read it as octal).
  static func integer(_ text: String) -> Int? {
    let text = text.trimmed
    let digits = text.utf8.drop { $0 == UInt8(ascii: "-") }
    guard text.utf8.count - digits.count <= 1, digits.allSatisfy(\.isDigit) else { return nil }
    guard digits.first != UInt8(ascii: "0") || digits.count == 1 else { return nil }
    return Int(text)
  }

  /// A finite decimal number such as `0.2`, `-3` or `1e-3`: no `nan`, no `inf`, no hexadecimal.
  static func number(_ text: String) -> Double? {
    let text = text.trimmed
    let isDecimal = text.utf8.allSatisfy { $0.isDigit || "+-.eE".utf8.contains($0) }
    guard isDecimal, text.utf8.first?.isDigit == true || text.utf8.first == UInt8(ascii: "-") else { return nil }
    return Double(text).flatMap { $0.isFinite ? $0 : nil }
  }

  static func allowed(_ range: ClosedRange<Int>) -> String {
    switch (range.lowerBound, range.upperBound) {
    case (Int.min, Int.max): "an integer"
    case (let lower, Int.max): "an integer of at least \(lower)"
    case (Int.min, let upper): "an integer of at most \(upper)"
    case (let lower, let upper): "an integer from \(lower) to \(upper)"
    }
  }
}

/// Byte sizes: `4096`, `64KB`, `16MB`, `1GB`. A KB is 1024 bytes; `KiB`, `MiB`, `GiB` and `B` are read too.
enum ByteSizeText {
  private static let units: [(suffix: String, bytes: Int)] = [
    ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10), ("B", 1),
  ]

  static func parse(_ text: String) -> Int? {
    let text = text.trimmed
    let unit = units.first { text.hasSuffix($0.suffix) }
    let digits = text.utf8.dropLast(unit?.suffix.utf8.count ?? 0)
    guard digits.allSatisfy(\.isDigit), let count = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: unit?.bytes ?? 1)
    return overflow ? nil : bytes
  }

  /// The largest unit that says it exactly: `16MB`, `1536KB`, `100`.
  static func render(_ bytes: Int) -> String {
    let unit = [("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)].first { bytes != 0 && bytes % $0.1 == 0 }
    return unit.map { "\(bytes / $0.1)\($0.0)" } ?? "\(bytes)"
  }

  static func allowed(_ range: ClosedRange<Int>) -> String {
    let size = "a size in bytes, KB, MB or GB"
    return range.upperBound == Int.max
      ? "\(size), of at least \(render(range.lowerBound))"
      : "\(size), from \(render(range.lowerBound)) to \(render(range.upperBound))"
  }
}

extension UInt8 {
  var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }
}

extension String {
  /// Without spaces and tabs at both ends.
  var trimmed: String {
    let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    let start = utf8.drop(while: isBlank)
    let length = start.reversed().drop(while: isBlank).count
    return String(decoding: start.prefix(length), as: UTF8.self)
  }
}
