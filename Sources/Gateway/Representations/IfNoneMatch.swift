import HTTPTypes

/// What a client says it has already (`If-None-Match`, RFC 9110 §13.1.2).
///
/// The field is read while it is compared and only as far as needed, so that nothing is kept of it: the usual one tag, and a long list
/// too, cost no memory. What is no tag is left out; more than ``maxTags`` members are not looked at. Both err on the side of sending
/// what the client may have.
struct IfNoneMatch: Sendable {
  static let maxTags = 100

  /// Several fields joined to one list, as §5.3 has it.
  private let value: String

  /// Nil if the request has no such field.
  init?(_ fields: HTTPFields) {
    guard let value = fields.list(.ifNoneMatch) else { return nil }
    self.value = value
  }

  /// Whether the client has what `tag` names, which must be the tag of what would be sent now: then 304 is the answer to GET and HEAD.
  ///
  /// Compared weakly (§13.1.2). `*` means anything, but only where it stands alone: among tags it is malformed.
  func matches(_ tag: EntityTag) -> Bool {
    let wanted = tag.opaque
    var members = FieldMembers(value)
    var count = 0
    while count < Self.maxTags, members.toNextMember() {
      count += 1
      let start = members
      if members.skip("*"), count == 1, members.isAtMemberEnd(), !members.toNextMember() { return true }
      members = start
      if members.skipEntityTag() {
        let found = EntityTag.opaque(of: members.passed(since: start))
        if members.isAtMemberEnd(), found.elementsEqual(wanted) { return true }
      }
      members.skipMember()
    }
    return false
  }
}
