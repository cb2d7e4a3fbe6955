extension JSON {
  struct SyntaxError: Error {
    let offset: Int
    let problem: String
    let around: String
  }

  /// RFC 8259, no more: valid UTF-8, one value, every key of an object once.
  init(parsing bytes: [UInt8]) throws {
    var parser = JSONParser(bytes: bytes)
    self = try parser.document()
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  var position = 0
  var depth = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws -> JSON {
    let value = try value()
    skipBlanks()
    guard position == bytes.count else { throw error("something behind the end") }
    return value
  }

  private func error(_ problem: String) -> JSON.SyntaxError {
    let from = max(0, position - 40)
    let around = String(decoding: bytes[from..<min(bytes.count, position + 40)], as: UTF8.self)
    return JSON.SyntaxError(offset: position, problem: problem, around: around)
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func expect(_ text: StaticString) throws {
    for byte in UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount) {
      guard next == byte else { throw error("expected \(text)") }
      position += 1
    }
  }

  private mutating func value() throws -> JSON {
    skipBlanks()
    depth += 1
    defer { depth -= 1 }
    guard depth < 500 else { throw error("too deep") }
    switch next {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try list()
    case UInt8(ascii: "\""): return .text(try string())
    case UInt8(ascii: "t"):
      try expect("true")
      return .boolean(true)
    case UInt8(ascii: "f"):
      try expect("false")
      return .boolean(false)
    case UInt8(ascii: "n"):
      try expect("null")
      return .null
    default: return try number()
    }
  }

  private mutating func object() throws -> JSON {
    position += 1
    var members: [JSON.Member] = []
    skipBlanks()
    if next == UInt8(ascii: "}") {
      position += 1
      return .object([])
    }
    while true {
      skipBlanks()
      let key = try string()
      guard !members.contains(where: { $0.key == key }) else { throw error("the key \(key) a second time") }
      skipBlanks()
      try expect(":")
      skipBlanks()
      let start = position
      let value = try value()
      members.append(JSON.Member(key: key, value: value, source: start..<position))
      skipBlanks()
      if next == UInt8(ascii: ",") { position += 1 } else { break }
    }
    try expect("}")
    return .object(members)
  }

  private mutating func list() throws -> JSON {
    position += 1
    var elements: [JSON] = []
    skipBlanks()
    if next == UInt8(ascii: "]") {
      position += 1
      return .list([])
    }
    while true {
      elements.append(try value())
      skipBlanks()
      if next == UInt8(ascii: ",") { position += 1 } else { break }
    }
    try expect("]")
    return .list(elements)
  }

  private mutating func number() throws -> JSON {
    let start = position
    if next == UInt8(ascii: "-") { position += 1 }
    if next == UInt8(ascii: "0") { position += 1 } else { try digits() }
    if next == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      position += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    return .number(String(decoding: bytes[start..<position], as: UTF8.self))
  }

  private mutating func digits() throws {
    let start = position
    while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
    guard position > start else { throw error("expected a digit") }
  }
}

extension JSONParser {
  private mutating func string() throws -> String {
    try expect("\"")
    let start = position
    while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
    var text = try validated(start..<position)
    while next == UInt8(ascii: "\\") {
      position += 1
      text.unicodeScalars.append(try escape())
      let from = position
      while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
      text += try validated(from..<position)
    }
    try expect("\"")
    return text
  }

  private func validated(_ range: Range<Int>) throws -> String {
    guard let text = String(validating: bytes[range], as: UTF8.self) else { throw error("not UTF-8") }
    return text
  }

  private mutating func escape() throws -> Unicode.Scalar {
    guard let byte = next else { throw error("the end inside a string") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw error("no such escape")
    }
  }

  private mutating func unicodeEscape() throws -> Unicode.Scalar {
    let first = try hexadecimal()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard next == UInt8(ascii: "\\") else { return "\u{FFFD}" }
    try expect("\\u")
    let second = try hexadecimal()
    guard (0xD800..<0xDC00).contains(first), (0xDC00..<0xE000).contains(second) else { return "\u{FFFD}" }
    return Unicode.Scalar(0x10000 + ((first & 0x3FF) << 10) + (second & 0x3FF)) ?? "\u{FFFD}"
  }

  private mutating func hexadecimal() throws -> UInt32 {
    guard position + 4 <= bytes.count,
      let value = UInt32(String(decoding: bytes[position..<(position + 4)], as: UTF8.self), radix: 16)
    else { throw error("expected four hexadecimal digits") }
    position += 4
    return value
  }
}
