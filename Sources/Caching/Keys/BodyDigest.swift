import Crypto
package import NIOCore

/// The first half of SHA-256 over a body: equal ones name the same bytes, in every process.
///
/// Taken once, when a section comes from its upstream, and kept with it: what is made of sections is named by their digests, so that
/// nothing has to go over their bytes again.
package struct BodyDigest: Sendable, Hashable {
  package let high: UInt64
  package let low: UInt64

  package static let byteCount = 16

  package init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

  /// About 0.6 µs a KB.
  package init(hashing body: ByteBuffer) {
    (high, low) = body.withUnsafeReadableBytes { SHA256.hash(data: $0) }.withUnsafeBytes { digest in
      (
        UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
        UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      )
    }
  }
}
