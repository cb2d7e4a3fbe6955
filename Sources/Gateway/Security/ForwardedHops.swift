/// The hops of a forwarding field, the nearest first: the last member of the last field. One that is no address is nil.
///
/// From the right, because what stands further left than the trusted proxies have written may be anything, an open quote included.
struct ForwardedHops: Sequence, IteratorProtocol {
  private var values: ArraySlice<String>
  private var rest: Substring?
  private let read: (Substring) -> IPAddress?

  private init(_ values: [String], _ read: @escaping (Substring) -> IPAddress?) {
    self.values = values[...]
    self.read = read
  }

  /// `X-Forwarded-For`: a list of addresses that no standard describes; a port behind one, and brackets around IPv6, are taken as well.
  /// Empty members are none.
  static func listed(_ values: [String]) -> ForwardedHops { ForwardedHops(values, NodeText.address) }

  /// `Forwarded` (RFC 7239 §4): the `for` of each element. An element with a comma inside quotes is taken for two that are no addresses.
  static func elements(_ values: [String]) -> ForwardedHops { ForwardedHops(values, ForwardedElement.node) }

  mutating func next() -> IPAddress?? {
    while let member = nextMember() {
      if !member.isEmpty { return .some(read(member)) }
    }
    return nil
  }

  private mutating func nextMember() -> Substring? {
    guard let text = rest ?? values.popLast().map({ $0[...] }) else { return nil }
    if let comma = text.utf8.lastIndex(of: UInt8(ascii: ",")) {
      rest = text[..<comma]
      return text[text.index(after: comma)...].trimmedBlanks
    }
    rest = nil
    return text.trimmedBlanks
  }
}

/// An element of `Forwarded`.
private enum ForwardedElement {
  /// The address that it names; nil where it names none, or is not as the grammar has it.
  static func node(_ text: Substring) -> IPAddress? {
    var members = FieldMembers(String(text))
    guard members.toNextMember(), let node = element(&members), members.rest.isEmpty else { return nil }
    return node
  }

  /// `for=192.0.2.60;proto=http;by=203.0.113.43`: no parameter twice, and no blanks inside.
  private static func element(_ members: inout FieldMembers) -> IPAddress?? {
    var node: String?
    repeat {
      let name = String(decoding: members.take(while: FieldMembers.isTokenByte), as: UTF8.self).lowercased()
      guard !name.isEmpty, members.skip("="), let value = value(&members) else { return nil }
      if name == "for" {
        guard node == nil else { return nil }
        node = value
      }
    } while members.skip(";")
    guard members.isAtMemberEnd() else { return nil }
    return .some(node.flatMap { NodeText.forwarded($0) })
  }

  /// A token, or a quoted string (RFC 9110 §5.6.4).
  private static func value(_ members: inout FieldMembers) -> String? {
    guard members.skip("\"") else {
      let token = members.take(while: FieldMembers.isTokenByte)
      return token.isEmpty ? nil : String(decoding: token, as: UTF8.self)
    }
    var text: [UInt8] = []
    while true {
      text += members.take { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
      if members.skip("\"") { return String(decoding: text, as: UTF8.self) }
      guard members.skip("\\"), let escaped = members.rest.first else { return nil }
      text.append(escaped)
      var isFirst = true
      _ = members.take { _ in
        defer { isFirst = false }
        return isFirst
      }
    }
  }
}

/// How a hop is written.
enum NodeText {
  /// In `Forwarded`: IPv6 stands in brackets; a port is digits or an obfuscated one (RFC 7239 §6).
  static func forwarded(_ text: String) -> IPAddress? {
    if text.utf8.first == UInt8(ascii: "[") { return bracketed(text[...]) }
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 1 || isPort(parts[1]) else { return nil }
    return IPAddress(parts[0])
  }

  /// In `X-Forwarded-For`: as in `Forwarded`, or IPv6 as it is.
  static func address(_ text: Substring) -> IPAddress? {
    if text.utf8.first == UInt8(ascii: "[") { return bracketed(text) }
    return IPAddress(text) ?? forwarded(String(text))
  }

  private static func bracketed(_ text: Substring) -> IPAddress? {
    guard let end = text.utf8.firstIndex(of: UInt8(ascii: "]")) else { return nil }
    let (inner, after) = (text[..<end].dropFirst(), text[text.index(after: end)...])
    guard inner.utf8.contains(UInt8(ascii: ":")), after.isEmpty || after.first == ":" && isPort(after.dropFirst()) else {
      return nil
    }
    return IPAddress(inner)
  }

  private static func isPort(_ text: Substring) -> Bool {
    if text.first == "_" { return text.utf8.count > 1 && text.dropFirst().utf8.allSatisfy { FieldMembers.isTokenByte($0) } }
    return (1...5).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) }
  }
}

extension Substring {
  fileprivate var trimmedBlanks: Substring {
    let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    guard let first = utf8.firstIndex(where: { !isBlank($0) }), let last = utf8.lastIndex(where: { !isBlank($0) }) else {
      return ""
    }
    return self[first...last]
  }
}
