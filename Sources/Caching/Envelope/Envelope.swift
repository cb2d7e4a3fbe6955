package import NIOCore

/// A section as it lies in Redis, with all that is needed to use it and to distrust it.
package struct Envelope: Sendable, Equatable {
  package var freshness: Freshness
  package var tags: [String]
  package var validators: Validators
  /// Nil where nothing was sent, and nothing read.
  package var findings: BodyFindings?
  /// The upstream's body.
  package var body: ByteBuffer

  package init(
    freshness: Freshness, tags: [String] = [], validators: Validators = .none, findings: BodyFindings? = nil, body: ByteBuffer
  ) {
    self.freshness = freshness
    self.tags = tags
    self.validators = validators
    self.findings = findings
    self.body = body
  }

  /// Longest body, in bytes, also of one that was compressed.
  package static let maxBody = 16 << 20
  /// Most tags, and the longest, in bytes.
  package static let maxTags = 256
  package static let maxTagLength = 256

  /// Why bytes are no envelope that may be used. Each is a miss; the words are for a counter.
  package enum Refusal: String, Error, Hashable, CaseIterable {
    /// No envelope at all, or one that ends too early or too late.
    case malformed
    /// Of another schema, newer or older.
    case schema
    /// Stored under another key: swapped, or Redis is confused.
    case key
    /// Not what was written.
    case digest
    /// A key id that the ring does not have, or encrypted while there is no ring.
    case unknownKey
    /// Plain while there is a ring: whoever can write to Redis could pass off anything.
    case notEncrypted
    /// A body that is longer than `maxBody`, or not as long as it says.
    case size
  }
}
