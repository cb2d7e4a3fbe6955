extension FieldMembers {
  /// What follows a name up to the end of the member: nothing, which is 1, or `;q=` and 0 to 1 with at most three decimals (RFC 9110
  /// §12.4.2). In thousandths; nil for anything else.
  mutating func weight() -> Int16? {
    if isAtMemberEnd() { return 1000 }
    guard skip(";") else { return nil }
    skipSpaces()
    guard skip("q") || skip("Q"), skip("=") else { return nil }
    var weight: Int16 = skip("1") ? 1000 : 0
    if weight == 0, !skip("0") { return nil }
    if skip(".") {
      let decimals = take { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard decimals.count <= 3 else { return nil }
      var unit: Int16 = 100
      for digit in decimals {
        weight += unit * Int16(digit - UInt8(ascii: "0"))
        unit /= 10
      }
    }
    return weight <= 1000 && isAtMemberEnd() ? weight : nil
  }

  /// The same behind a media range, which may have parameters of its own before its weight (§12.5.1): `;level=1;q=0.5`.
  mutating func weightBehindParameters() -> Int16? {
    while true {
      let start = self
      if let weight = weight() { return weight }
      self = start
      guard skip(";") else { return nil }
      skipSpaces()
      let name = take(while: Self.isTokenByte)
      // A weight that is none, and was not read.
      guard !name.isEmpty, !name.elementsEqual("q".utf8), !name.elementsEqual("Q".utf8), skip("=") else { return nil }
      guard skip("\"") ? skipQuoted() : !take(while: Self.isTokenByte).isEmpty else { return nil }
      skipSpaces()
    }
  }

  /// Passes a quoted string behind its first quote (§5.6.4); false if it has no end.
  private mutating func skipQuoted() -> Bool {
    var isEscaped = false
    _ = take { byte in
      if isEscaped {
        isEscaped = false
        return true
      }
      isEscaped = byte == UInt8(ascii: "\\")
      return byte != UInt8(ascii: "\"")
    }
    return skip("\"")
  }
}
