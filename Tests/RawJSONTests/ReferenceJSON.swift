/// A JSON parser of the plainest kind, written from RFC 8259 alone: what the scanner must agree with, byte for byte.
struct ReferenceJSON {
  indirect enum Node {
    case null
    case bool(Bool)
    case number(isInteger: Bool)
    case string([UInt8])
    case array([Placed])
    case object([(name: [UInt8], value: Placed)])
  }

  struct Placed {
    let node: Node
    let range: Range<Int>
  }

  struct Refused: Error {}

  private let bytes: [UInt8]
  private var place = 0
  private var depth = 0

  /// The document, or nil if it is none.
  static func parse(_ bytes: [UInt8]) -> Placed? {
    guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
    var parser = ReferenceJSON(bytes: bytes)
    parser.skipSpace()
    guard let root = try? parser.value() else { return nil }
    parser.skipSpace()
    return parser.place == bytes.count ? root : nil
  }

  private init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skipSpace() {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { place += 1 }
  }

  private mutating func take(_ text: String) -> Bool {
    guard bytes[place...].starts(with: text.utf8) else { return false }
    place += text.utf8.count
    return true
  }

  private mutating func expect(_ text: String) throws {
    guard take(text) else { throw Refused() }
  }

  private mutating func value() throws -> Placed {
    let start = place
    let node: Node
    switch next {
    case UInt8(ascii: "{"): node = try object()
    case UInt8(ascii: "["): node = try array()
    case UInt8(ascii: "\""): node = .string(try string())
    case UInt8(ascii: "t"):
      try expect("true")
      node = .bool(true)
    case UInt8(ascii: "f"):
      try expect("false")
      node = .bool(false)
    case UInt8(ascii: "n"):
      try expect("null")
      node = .null
    default: node = .number(isInteger: try number())
    }
    return Placed(node: node, range: start..<place)
  }

  private mutating func object() throws -> Node {
    var members: [(name: [UInt8], value: Placed)] = []
    try enter("{")
    defer { depth -= 1 }
    if take("}") { return .object([]) }
    repeat {
      skipSpace()
      let name = try string()
      skipSpace()
      try expect(":")
      skipSpace()
      members.append((name, try value()))
      skipSpace()
    } while take(",")
    try expect("}")
    return .object(members)
  }

  private mutating func array() throws -> Node {
    var elements: [Placed] = []
    try enter("[")
    defer { depth -= 1 }
    if take("]") { return .array([]) }
    repeat {
      skipSpace()
      elements.append(try value())
      skipSpace()
    } while take(",")
    try expect("]")
    return .array(elements)
  }

  private mutating func enter(_ bracket: String) throws {
    try expect(bracket)
    depth += 1
    if depth > 128 { throw Refused() }
    skipSpace()
  }

  private mutating func digits() throws {
    let start = place
    while let byte = next, (0x30...0x39).contains(byte) { place += 1 }
    if place == start { throw Refused() }
  }

  private mutating func number() throws -> Bool {
    var isInteger = true
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") {
      isInteger = false
      try digits()
    }
    if take("e") || take("E") {
      isInteger = false
      _ = take("+") || take("-")
      try digits()
    }
    return isInteger
  }

  /// The content, unescaped. By way of UTF-16, as RFC 8259 §7 defines the escapes; a lone surrogate becomes U+FFFD.
  private mutating func string() throws -> [UInt8] {
    var units: [UInt16] = []
    var plain: [UInt8] = []
    func text(_ bytes: [UInt8]) -> [UInt16] { Array(String(decoding: bytes, as: UTF8.self).utf16) }
    try expect("\"")
    while let byte = next {
      place += 1
      if byte == UInt8(ascii: "\"") { return Array(String(decoding: units + text(plain), as: UTF16.self).utf8) }
      if byte < 0x20 { throw Refused() }
      if byte != UInt8(ascii: "\\") {
        plain.append(byte)
        continue
      }
      units += text(plain) + [try escape()]
      plain = []
    }
    throw Refused()
  }

  private mutating func escape() throws -> UInt16 {
    let short: [UInt8: UInt16] = [
      UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "/"): 0x2F, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12,
      UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
    ]
    guard let letter = next else { throw Refused() }
    place += 1
    if let unit = short[letter] { return unit }
    guard letter == UInt8(ascii: "u"), place + 4 <= bytes.count else { throw Refused() }
    let digits = bytes[place..<(place + 4)]
    guard digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit && $0 < 128 }) else { throw Refused() }
    place += 4
    return UInt16(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0
  }
}
