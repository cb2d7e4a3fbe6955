import RawJSON

/// What is to be purged: the body of `POST /admin/cache/purge`, `{"tags":["users","user:7"],"mode":"soft"}`.
package struct PurgeRequest: Sendable, Equatable {
  /// The tag of every entry.
  package static let everything = "*"
  package static let maxTags = 256
  /// Bytes of one tag.
  package static let maxTag = 256

  package let tags: [String]
  package let isHard: Bool

  /// - Throws: ``Fault``, which names what is wrong with the tags.
  package init(tags: [String], isHard: Bool) throws(Fault) {
    guard (1...Self.maxTags).contains(tags.count) else {
      throw Fault("tags must have 1 to \(Self.maxTags) of them; there are \(tags.count).")
    }
    for (place, tag) in tags.enumerated() where !Self.isTag(tag) {
      throw Fault("tags[\(place)] must have 1 to \(Self.maxTag) visible ASCII characters.")
    }
    self.tags = tags
    self.isHard = isHard
  }

  private static func isTag(_ text: String) -> Bool {
    (1...maxTag).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }

  /// Why something is no such request; a sentence that names the member.
  package struct Fault: Error, Equatable {
    package let sentence: String

    init(_ sentence: String) { self.sentence = sentence }
  }
}

// MARK: As JSON

extension PurgeRequest {
  private static let plan = ScanPlan(maximumDepth: 8)
  private static let members = "There are tags and mode."

  /// Every member is known and stands once; `mode` is soft where it is absent.
  ///
  /// - Throws: ``Fault``.
  init(json: [UInt8]) throws {
    self = try json.withUnsafeBytes { bytes in
      let root: JSONIndex.Value
      do throws(JSONError) { root = try JSONScanner().scan(bytes, plan: Self.plan).root } catch { throw Fault(error.sentence) }
      guard root.cell.kind == .object else { throw Fault("The body must be a JSON object. \(Self.members)") }
      return try Self.read(JSONItems(in: bytes))
    }
  }

  private static func read(_ items: JSONItems) throws(Fault) -> PurgeRequest {
    var tags: [String]?
    var isHard: Bool?
    for item in items {
      let name = item.name?.string ?? ""
      switch name {
      case "tags" where tags == nil: tags = try Self.tags(item)
      case "mode" where isHard == nil: isHard = try Self.isHard(item)
      case "tags", "mode": throw Fault("The member \(name) stands twice.")
      default: throw Fault("The member \"\(name.prefix(64))\" is unknown. \(members)")
      }
    }
    guard let tags else { throw Fault("The member tags is missing. \(members)") }
    return try PurgeRequest(tags: tags, isHard: isHard ?? false)
  }

  private static func tags(_ item: JSONItems.Item) throws(Fault) -> [String] {
    guard let items = item.items, item.kind == .array else { throw Fault("tags must be a list of strings.") }
    var tags: [String] = []
    for item in items {
      guard let tag = item.text else { throw Fault("tags[\(tags.count)] must be a string.") }
      tags.append(tag.string)
    }
    return tags
  }

  private static func isHard(_ item: JSONItems.Item) throws(Fault) -> Bool {
    switch item.text?.string {
    case "soft": return false
    case "hard": return true
    default: throw Fault(#"mode must be "soft" or "hard"."#)
    }
  }

  /// What an admin listener understands.
  var json: [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("tags")
      writer.array { writer in for tag in tags { writer.string(tag) } }
      writer.key("mode")
      writer.string(mode)
    }
    return writer.bytes
  }

  var mode: String { isHard ? "hard" : "soft" }
}

extension JSONError {
  fileprivate var sentence: String {
    let place = offset.map { " at byte \($0)" } ?? ""
    return code == .empty ? "The body is empty; it must be a JSON object." : "The body is not JSON that can be read\(place)."
  }
}
