/// The parameters of a query, percent-decoded once (RFC 3986 §2.1). Whoever reads a query reads it here: what one part of the gateway takes
/// for a parameter is one to all.
struct QueryParameters {
  private let pairs: [(name: [UInt8], value: [UInt8], raw: Substring)]

  init(_ query: String?) {
    guard let query, !query.isEmpty else {
      pairs = []
      return
    }
    pairs = query.utf8.split(separator: UInt8(ascii: "&")).map { pair in
      let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      return (Self.decoded(parts[0]), parts.count > 1 ? Self.decoded(parts[1]) : [], Substring(pair))
    }
  }

  var isEmpty: Bool { pairs.isEmpty }

  /// Of each parameter, in the order of the query, as often as it stands there.
  var names: some Sequence<[UInt8]> { pairs.lazy.map(\.name) }

  /// Nil where there is no such parameter.
  ///
  /// - Throws: a 400 for two that differ.
  func value(_ name: String) throws(Problem) -> [UInt8]? { try value(name) { text throws(Problem) in text } }

  /// What the parameter stands for; nil where there is none.
  ///
  /// - Parameter read: makes it from the decoded bytes; throws for what it cannot be.
  /// - Throws: that, and a 400 for two that do not stand for the same.
  func value<Value: Equatable>(_ name: String, _ read: ([UInt8]) throws(Problem) -> Value) throws(Problem) -> Value? {
    var found: Value?
    for pair in pairs where pair.name.elementsEqual(name.utf8) {
      let value = try read(pair.value)
      if let found, found != value { throw .badRequest("\(name) is given twice, with different values.") }
      found = value
    }
    return found
  }

  /// A number of plain decimal digits; nil where there is no such parameter.
  func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
    try value(name) { text throws(Problem) in
      guard let number = UserIDParameter.number(text), let number = Int(exactly: number), range.contains(number) else {
        throw .badRequest("\(name) must be a number in decimal digits, from \(range.lowerBound) to \(range.upperBound).")
      }
      return number
    }
  }

  /// All but that parameter, as they came.
  func raw(without name: String) -> [Substring] { pairs.filter { !$0.name.elementsEqual(name.utf8) }.map(\.raw) }

  /// A broken escape stays as it is, and so is no digit and no name of ours.
  private static func decoded(_ text: Substring.UTF8View) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%"), rest.count >= 2, let high = rest.first.flatMap(digit),
        let low = rest.dropFirst().first.flatMap(digit)
      else {
        bytes.append(byte)
        continue
      }
      bytes.append(high << 4 | low)
      rest = rest.dropFirst(2)
    }
    return bytes
  }

  /// Nil for what is no hexadecimal digit: `UInt8(_:radix:)` would take `+7` for a number.
  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "a")...UInt8(ascii: "f"): (byte | 0x20) - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
