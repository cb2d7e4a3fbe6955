package import Caching
package import NIOCore

/// The bytes of a document.
package struct DocumentBody: Sendable {
  /// In their order; big sections are pieces of their own, never copied.
  package let pieces: [ByteBuffer]
  /// Names the bytes, in every process; nil where only the bytes themselves do.
  package let digest: BodyDigest?

  package init(_ pieces: [ByteBuffer], digest: BodyDigest? = nil) {
    self.pieces = pieces
    self.digest = digest
  }
}
