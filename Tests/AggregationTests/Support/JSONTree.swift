/// A JSON text as a tree: numbers as they are written, members in their order. The parser shares nothing with our code.
indirect enum JSONTree: Equatable, Sendable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONTree])
  case object([Member])

  struct Member: Equatable, Sendable {
    let name: String
    let value: JSONTree
  }

  struct Refused: Error {
    let place: Int
  }

  init(_ text: String) throws { try self.init(Array(text.utf8)) }

  init(_ bytes: [UInt8]) throws {
    var parser = JSONTreeParser(bytes: bytes)
    self = try parser.document()
  }

  /// The value of a member; of equal names the last.
  subscript(_ name: String) -> JSONTree? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.name == name }?.value
  }

  subscript(_ position: Int) -> JSONTree? {
    elements.indices.contains(position) ? elements[position] : nil
  }

  var keys: [String] {
    guard case .object(let members) = self else { return [] }
    return members.map(\.name)
  }

  var elements: [JSONTree] { if case .array(let elements) = self { elements } else { [] } }
  var text: String? { if case .string(let text) = self { text } else { nil } }
  var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// As it is written.
  var number: String? { if case .number(let text) = self { text } else { nil } }
  var int: Int64? { number.flatMap { Int64($0) } }
  var double: Double? { number.flatMap { Double($0) } }
}

private struct JSONTreeParser {
  let bytes: [UInt8]
  private var place = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws -> JSONTree {
    let tree = try value()
    skipSpace()
    guard place == bytes.count else { throw JSONTree.Refused(place: place) }
    return tree
  }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { place += 1 }
  }

  private mutating func take(_ text: StaticString) -> Bool {
    let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    guard bytes[place...].starts(with: wanted) else { return false }
    place += wanted.count
    return true
  }

  private mutating func value() throws -> JSONTree {
    skipSpace()
    if take("null") { return .null }
    if take("true") { return .bool(true) }
    if take("false") { return .bool(false) }
    if take("{") { return .object(try list("}") { try $0.member() }) }
    if take("[") { return .array(try list("]") { try $0.value() }) }
    if next == UInt8(ascii: "\"") { return .string(try string()) }
    return .number(try number())
  }

  private mutating func list<Part>(_ end: StaticString, _ part: (inout Self) throws -> Part) throws -> [Part] {
    var parts: [Part] = []
    skipSpace()
    if take(end) { return parts }
    repeat {
      parts.append(try part(&self))
      skipSpace()
    } while take(",")
    guard take(end) else { throw JSONTree.Refused(place: place) }
    return parts
  }

  private mutating func member() throws -> JSONTree.Member {
    skipSpace()
    let name = try string()
    skipSpace()
    guard take(":") else { throw JSONTree.Refused(place: place) }
    return JSONTree.Member(name: name, value: try value())
  }

  private mutating func number() throws -> String {
    let start = place
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      _ = take("+") || take("-")
      try digits()
    }
    return String(decoding: bytes[start..<place], as: UTF8.self)
  }

  private mutating func digits() throws {
    let start = place
    while let byte = next, byte >= 0x30, byte <= 0x39 { place += 1 }
    if place == start { throw JSONTree.Refused(place: place) }
  }

  private mutating func string() throws -> String {
    guard take("\"") else { throw JSONTree.Refused(place: place) }
    var units: [UInt16] = []
    var plain: [UInt8] = []
    while let byte = next, byte >= 0x20 {
      place += 1
      guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
        plain.append(byte)
        continue
      }
      units += Array(String(decoding: plain, as: UTF8.self).utf16)
      plain = []
      if byte == UInt8(ascii: "\"") { return String(decoding: units, as: UTF16.self) }
      units.append(try escape())
    }
    throw JSONTree.Refused(place: place)
  }

  private mutating func escape() throws -> UInt16 {
    let short: [UInt8: UInt16] = [0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 8, 0x66: 12, 0x6E: 10, 0x72: 13, 0x74: 9]
    guard let letter = next else { throw JSONTree.Refused(place: place) }
    place += 1
    if let unit = short[letter] { return unit }
    guard letter == UInt8(ascii: "u"), place + 4 <= bytes.count,
      let unit = UInt16(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16)
    else { throw JSONTree.Refused(place: place) }
    place += 4
    return unit
  }
}
