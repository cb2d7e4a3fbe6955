/// A JSON text (RFC 8259) as this module wants it: no member twice in an object (RFC 8725 §2.4, RFC 7515 §4), numbers as they were
/// written, nothing nested deeper than ``maximumDepth``.
enum StrictJSON: Sendable, Equatable {
  case object([String: StrictJSON])
  case array([StrictJSON])
  case text(String)
  /// By the grammar, and otherwise unread: an id has 19 digits, more than a `Double` holds.
  case number(String)
  case boolean(Bool)
  case null

  /// Claims of known issuers are three deep.
  static let maximumDepth = 16

  /// Nil for what is not such a text, whole and in UTF-8.
  init?(_ bytes: [UInt8]) {
    guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
    var parser = StrictJSONParser(bytes)
    guard let value = parser.document() else { return nil }
    self = value
  }

  var members: [String: StrictJSON]? { if case .object(let members) = self { members } else { nil } }
  var elements: [StrictJSON]? { if case .array(let elements) = self { elements } else { nil } }
  var string: String? { if case .text(let text) = self { text } else { nil } }

  /// The elements of a list of texts; nil for anything else.
  var strings: [String]? {
    guard let elements else { return nil }
    let texts = elements.compactMap(\.string)
    return texts.count == elements.count ? texts : nil
  }
}
