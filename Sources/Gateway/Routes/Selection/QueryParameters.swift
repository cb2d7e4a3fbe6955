/// The parameters of a query, percent-decoded once (RFC 3986 §2.1).
struct QueryParameters {
  private let pairs: [(name: [UInt8], value: [UInt8], raw: Substring)]

  init(_ query: String?) {
    pairs = (query ?? "").split(separator: "&").map { pair in
      let parts = pair.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      return (UserIDParameter.decoded(parts[0]), parts.count > 1 ? UserIDParameter.decoded(parts[1]) : [], pair)
    }
  }

  /// Nil where there is no such parameter.
  ///
  /// - Throws: a 400 for two that differ.
  func value(_ name: String) throws(Problem) -> [UInt8]? {
    var found: [UInt8]?
    for pair in pairs where pair.name.elementsEqual(name.utf8) {
      if let found, found != pair.value { throw .badRequest("\(name) is given twice, with different values.") }
      found = pair.value
    }
    return found
  }

  /// A number of plain decimal digits; nil where there is no such parameter.
  func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
    guard let text = try value(name) else { return nil }
    guard let number = UserIDParameter.number(text), let number = Int(exactly: number), range.contains(number) else {
      throw .badRequest("\(name) must be a number in decimal digits, from \(range.lowerBound) to \(range.upperBound).")
    }
    return number
  }

  /// All but that parameter, as they came.
  func raw(without name: String) -> [Substring] { pairs.filter { !$0.name.elementsEqual(name.utf8) }.map(\.raw) }
}
