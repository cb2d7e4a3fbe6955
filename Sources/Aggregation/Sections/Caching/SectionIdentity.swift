import Caching
import Resilience

/// Names what of a stored section shows in a document, whatever state it is shown in: equal ones are the same bytes, fetched at the same
/// moment. What has left the memory and come back from Redis is what it was.
package struct SectionIdentity: Hashable, Sendable {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

  init(_ stored: StoredSection<Section>) {
    self.init(stored.value.digest, fetchedAt: stored.value.fetchedAt, version: stored.version)
  }

  /// - Parameter version: stands in for the digest where there is none; never given twice in a process.
  init(_ digest: BodyDigest?, fetchedAt: Timestamp, version: UInt64) {
    guard let digest else {
      (high, low) = (version, 0)
      return
    }
    // An odd factor: of one body no two moments are the same. Of two bodies `low` differs, as surely as tags of 64 bits would, and `high`.
    high = digest.high &+ UInt64(bitPattern: fetchedAt.milliseconds) &* 0x9E37_79B9_7F4A_7C15
    low = digest.low
  }
}
