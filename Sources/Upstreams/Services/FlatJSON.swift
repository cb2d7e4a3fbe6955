import NIOCore

/// Reads the first level of a JSON object: enough for a query body. Nested values are only checked for balanced brackets, and
/// escapes in strings are kept as they stand.
enum FlatJSON {
  enum Value: Equatable {
    case null
    case integer(Int)
    /// A number that is no `Int`.
    case decimal(Double)
    case text(String)
    /// A boolean, an object or a list.
    case other
  }

  /// The members; nil if the bytes are not one JSON object.
  static func object(_ bytes: ByteBufferView) -> [String: Value]? {
    var scanner = Scanner(rest: bytes[...])
    guard let members = scanner.object() else { return nil }
    scanner.skipSpace()
    return scanner.rest.isEmpty ? members : nil
  }

  private struct Scanner {
    var rest: ByteBufferView

    mutating func object() -> [String: Value]? {
      guard take("{") else { return nil }
      var members: [String: Value] = [:]
      if take("}") { return members }
      repeat {
        guard take("\""), let key = string(), take(":"), let value = value() else { return nil }
        members[key] = value
      } while take(",")
      return take("}") ? members : nil
    }

    mutating func value() -> Value? {
      skipSpace()
      if take("\"") { return string().map { .text($0) } }
      if let first = rest.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") { return skipNested() ? .other : nil }
      let end = rest.firstIndex { !Self.isWordByte($0) } ?? rest.endIndex
      let word = String(decoding: rest[..<end], as: UTF8.self)
      rest = rest[end...]
      switch word {
      case "null": return .null
      case "true", "false": return .other
      default:
        if let integer = Int(word), !word.hasPrefix("+") { return .integer(integer) }
        return word.first.map { $0.isNumber || $0 == "-" } == true ? Double(word).map { .decimal($0) } : nil
      }
    }

    /// What stands before the closing quote; the opening one has been read.
    mutating func string() -> String? {
      var index = rest.startIndex
      while index < rest.endIndex, rest[index] != UInt8(ascii: "\"") {
        guard rest[index] >= 0x20 else { return nil }
        index += rest[index] == UInt8(ascii: "\\") ? 2 : 1
      }
      guard index < rest.endIndex else { return nil }
      let text = String(decoding: rest[rest.startIndex..<index], as: UTF8.self)
      rest = rest[(index + 1)...]
      return text
    }

    private mutating func skipNested() -> Bool {
      var open: [UInt8] = []
      while let byte = rest.popFirst() {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["): open.append(byte + 2)  // In ASCII the closing one stands two places later.
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
          guard open.popLast() == byte else { return false }
          if open.isEmpty { return true }
        case UInt8(ascii: "\""): guard string() != nil else { return false }
        default: break
        }
      }
      return false
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
      skipSpace()
      guard rest.first == UInt8(ascii: character) else { return false }
      rest = rest.dropFirst()
      return true
    }

    mutating func skipSpace() {
      rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
      case UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
      default: false
      }
    }
  }
}
