/// What stands directly inside an array or an object, in order and as written: for small bodies of which every member matters, such as
/// a command, where ``JSONIndex`` tells only what was asked for.
///
/// The bytes must have been accepted by a scan; of others it tells something, but never reads outside of them. It points into them: it
/// must not outlive the `withUnsafeBytes` that it was made in.
package struct JSONItems: Sequence, IteratorProtocol {
  /// An element of an array, or a member of an object.
  package struct Item {
    /// Of a member.
    package let name: JSONText?
    let raw: UnsafeRawBufferPointer

    package var kind: JSONIndex.Kind {
      switch raw.first {
      case nil: .absent
      case UInt8(ascii: "n"): .null
      case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
      case UInt8(ascii: "\""): .string
      case UInt8(ascii: "["): .array
      case UInt8(ascii: "{"): .object
      default: .number
      }
    }

    /// The content of a string; nil for every other kind.
    package var text: JSONText? { kind == .string ? JSONItems.text(raw) : nil }

    /// What is inside of it; nil if it is no array and no object.
    package var items: JSONItems? { kind == .array || kind == .object ? JSONItems(in: raw) : nil }
  }

  private var rest: Slice<UnsafeRawBufferPointer>
  private let haveNames: Bool

  /// - Parameter bytes: an array or an object, with white space around it or without.
  package init(in bytes: UnsafeRawBufferPointer) {
    rest = bytes[...].drop(while: Self.isSpace)
    haveNames = rest.popFirst() == UInt8(ascii: "{")
  }

  package mutating func next() -> Item? {
    var name: JSONText?
    if haveNames {
      guard let raw = value() else { return nil }
      name = Self.text(raw)
    }
    return value().map { Item(name: name, raw: $0) }
  }

  /// The next value, or name, with what is before it; nil at the closing bracket.
  private mutating func value() -> UnsafeRawBufferPointer? {
    rest = rest.drop { Self.isSpace($0) || $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ":") }
    let start = rest.startIndex
    var depth = 0
    repeat {
      guard let byte = rest.first else { break }
      switch byte {
      case UInt8(ascii: "\""): skipString()
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        rest = rest.dropFirst()
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        guard depth > 0 else { return nil }
        depth -= 1
        rest = rest.dropFirst()
      case _ where depth > 0: rest = rest.dropFirst()
      default: rest = rest.drop { !Self.isSpace($0) && !Self.ends($0) }
      }
    } while depth > 0
    guard start < rest.startIndex else { return nil }
    return UnsafeRawBufferPointer(rebasing: rest.base[start..<rest.startIndex])
  }

  private mutating func skipString() {
    var isEscaped = false
    rest = rest.dropFirst().drop { byte in
      defer { isEscaped = !isEscaped && byte == UInt8(ascii: "\\") }
      return isEscaped || byte != UInt8(ascii: "\"")
    }
    rest = rest.dropFirst()
  }

  private static func text(_ raw: UnsafeRawBufferPointer) -> JSONText {
    let content = raw.count < 2 ? raw : UnsafeRawBufferPointer(rebasing: raw[1..<(raw.count - 1)])
    return JSONText(raw: content, hasEscapes: content.contains(UInt8(ascii: "\\")))
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

  /// Whether it ends a number or a word.
  private static func ends(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ":"): true
    default: false
    }
  }
}
