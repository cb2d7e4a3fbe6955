import HTTPTypes

/// Walks a field value that is a list (RFC 9110 §5.6.1) byte by byte and makes no copy of it.
///
/// A member that is not as its grammar has it is left by ``skipMember()``: one client's mistake costs only that member.
struct FieldMembers {
  private(set) var rest: Substring.UTF8View

  init(_ value: String) { rest = value.utf8[...] }

  /// Goes to the start of the next member, over spaces and empty members; false at the end of the value.
  mutating func toNextMember() -> Bool {
    while let byte = rest.first, byte == UInt8(ascii: ",") || Self.isSpace(byte) { rest.removeFirst() }
    return !rest.isEmpty
  }

  /// Whether the member ends here; spaces before its end are passed.
  mutating func isAtMemberEnd() -> Bool {
    skipSpaces()
    return rest.first.map { $0 == UInt8(ascii: ",") } ?? true
  }

  /// Goes to the next comma, whatever it belongs to.
  mutating func skipMember() { rest = rest.drop { $0 != UInt8(ascii: ",") } }

  mutating func skipSpaces() { rest = rest.drop(while: Self.isSpace) }

  /// Passes `byte` if it is next.
  mutating func skip(_ byte: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: byte) else { return false }
    rest.removeFirst()
    return true
  }

  /// The bytes from here on for which `isWanted` holds; passed.
  mutating func take(while isWanted: (UInt8) -> Bool) -> Substring.UTF8View {
    let after = rest.drop(while: isWanted)
    let taken = rest[..<after.startIndex]
    rest = after
    return taken
  }

  /// The bytes from `start`, a place passed before, up to here.
  func passed(since start: FieldMembers) -> Substring.UTF8View {
    start.rest[start.rest.startIndex..<rest.startIndex]
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

  /// RFC 9110 §5.6.2, `tchar`.
  static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
    case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."), UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
      true
    default: false
    }
  }
}

extension HTTPFields {
  /// The value of the fields named `name`, several joined to one list (RFC 9110 §5.3); nil if there is none. The one that there usually
  /// is comes as it is, where the subscript would make a copy.
  func list(_ name: HTTPField.Name) -> String? {
    var found: String?
    for field in self where field.name == name {
      guard found == nil else { return self[name] }
      found = field.value
    }
    return found
  }
}
