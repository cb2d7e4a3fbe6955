import Identity

/// An entity tag (RFC 9110 §8.8.3): `"…"`, or `W/"…"` if it is weak.
///
/// There are two comparisons and therefore no `==`. Both go byte by byte, as `String` would find texts equal that look alike.
struct EntityTag: Sendable {
  /// As it stands in a field.
  let text: String

  var isWeak: Bool { text.utf8.first == UInt8(ascii: "W") }

  /// Nil unless the whole of `text` is one tag. `W` is a capital (§8.8.3: "case-sensitive").
  init?(_ text: String) {
    var members = FieldMembers(text)
    guard members.skipEntityTag(), members.rest.isEmpty else { return nil }
    self.text = text
  }

  fileprivate init(checked text: String) { self.text = text }

  /// Neither is weak, and they are the same (§8.8.3.2).
  func isStronglyEqual(to other: EntityTag) -> Bool {
    !isWeak && !other.isWeak && text.utf8.elementsEqual(other.text.utf8)
  }

  /// They are the same but for being weak or strong (§8.8.3.2).
  func isWeaklyEqual(to other: EntityTag) -> Bool {
    opaque.elementsEqual(other.opaque)
  }

  /// The quoted part, with its quotes.
  var opaque: Substring.UTF8View { Self.opaque(of: text.utf8[...]) }

  static func opaque(of tag: Substring.UTF8View) -> Substring.UTF8View {
    tag.first == UInt8(ascii: "W") ? tag.dropFirst(2) : tag
  }
}

extension EntityTag {
  /// A strong tag that names the first 128 bits of a digest, in base64url (RFC 4648 §5) without padding: 22 characters.
  init(digest: (UInt64, UInt64)) {
    let text = withUnsafeBytes(of: (digest.0.bigEndian, digest.1.bigEndian)) { Base64URL.encode($0) }
    self.init(checked: "\"\(text)\"")
  }

  /// The tag of the same thing in another coding: `"abc"` becomes `"abc-br"`. A strong tag names bytes, and those of a coding are others
  /// (§8.8.3.3); for the identity it is the tag itself.
  func coded(_ coding: ContentCoding) -> EntityTag {
    guard let name = coding.name else { return self }
    return EntityTag(checked: "\(text.dropLast())-\(name)\"")
  }
}

extension FieldMembers {
  /// Passes an entity tag; false if there is none, and then the place is somewhere in the member.
  mutating func skipEntityTag() -> Bool {
    if skip("W"), !skip("/") { return false }
    guard skip("\"") else { return false }
    _ = take { $0 == 0x21 || (0x23...0x7E).contains($0) || $0 >= 0x80 }
    return skip("\"")
  }
}
