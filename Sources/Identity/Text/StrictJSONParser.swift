/// Reads a ``StrictJSON`` from bytes that are UTF-8. Each function stands at the first byte of what it reads, and gives nil for
/// what is not that.
struct StrictJSONParser {
  private let bytes: [UInt8]
  private var place = 0
  private var depth = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() -> StrictJSON? {
    skipBlanks()
    guard let value = value() else { return nil }
    skipBlanks()
    return place == bytes.count ? value : nil
  }

  private mutating func value() -> StrictJSON? {
    switch peek {
    case UInt8(ascii: "{"): nested { $0.object() }
    case UInt8(ascii: "["): nested { $0.array() }
    case UInt8(ascii: "\""): text().map(StrictJSON.text)
    case UInt8(ascii: "t"): word("true", .boolean(true))
    case UInt8(ascii: "f"): word("false", .boolean(false))
    case UInt8(ascii: "n"): word("null", .null)
    default: number()
    }
  }

  private mutating func nested(_ read: (inout Self) -> StrictJSON?) -> StrictJSON? {
    guard depth < StrictJSON.maximumDepth else { return nil }
    depth += 1
    defer { depth -= 1 }
    place += 1
    skipBlanks()
    return read(&self)
  }

  private mutating func object() -> StrictJSON? {
    var members: [String: StrictJSON] = [:]
    if skip("}") { return .object(members) }
    while true {
      guard let name = text() else { return nil }
      skipBlanks()
      guard skip(":") else { return nil }
      skipBlanks()
      guard let value = value(), members.updateValue(value, forKey: name) == nil else { return nil }
      skipBlanks()
      if skip("}") { return .object(members) }
      guard skip(",") else { return nil }
      skipBlanks()
    }
  }

  private mutating func array() -> StrictJSON? {
    var elements: [StrictJSON] = []
    if skip("]") { return .array(elements) }
    while true {
      guard let value = value() else { return nil }
      elements.append(value)
      skipBlanks()
      if skip("]") { return .array(elements) }
      guard skip(",") else { return nil }
      skipBlanks()
    }
  }

  private mutating func word(_ word: StaticString, _ value: StrictJSON) -> StrictJSON? {
    for index in 0..<word.utf8CodeUnitCount {
      guard peek == word.utf8Start[index] else { return nil }
      place += 1
    }
    return value
  }

  // MARK: Numbers

  private mutating func number() -> StrictJSON? {
    let start = place
    _ = skip("-")
    if !skip("0") {
      guard skipDigits() else { return nil }
    }
    if skip(".") {
      guard skipDigits() else { return nil }
    }
    if peek.map({ $0 | 0x20 }) == UInt8(ascii: "e") {
      place += 1
      if !skip("+") { _ = skip("-") }
      guard skipDigits() else { return nil }
    }
    return .number(String(decoding: bytes[start..<place], as: UTF8.self))
  }

  private mutating func skipDigits() -> Bool {
    let start = place
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { place += 1 }
    return place > start
  }

  // MARK: Texts

  private mutating func text() -> String? {
    guard skip("\"") else { return nil }
    var content: [UInt8] = []
    while let byte = peek {
      place += 1
      switch byte {
      case UInt8(ascii: "\""): return String(validating: content, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let scalar = escape() else { return nil }
        content += Array(String(scalar).utf8)
      case ..<0x20: return nil
      default: content.append(byte)
      }
    }
    return nil
  }

  private mutating func escape() -> Unicode.Scalar? {
    guard let byte = peek else { return nil }
    place += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return codePoint()
    default: return nil
    }
  }

  /// Behind `\u`: one code unit, or two that are a pair (RFC 8259 §7). Half a pair is no character.
  private mutating func codePoint() -> Unicode.Scalar? {
    guard let high = codeUnit() else { return nil }
    guard (0xD800...0xDBFF).contains(high) else { return Unicode.Scalar(high) }
    guard skip("\\"), skip("u"), let low = codeUnit(), (0xDC00...0xDFFF).contains(low) else { return nil }
    return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
  }

  private mutating func codeUnit() -> UInt32? {
    guard bytes.count - place >= 4 else { return nil }
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Self.hexadecimal(bytes[place]) else { return nil }
      unit = unit << 4 | digit
      place += 1
    }
    return unit
  }

  private static func hexadecimal(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  // MARK: Bytes

  private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  private mutating func skipBlanks() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { place += 1 }
  }
}
