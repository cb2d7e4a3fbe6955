import Aggregation
import Identity
import NIOCore

/// What a client of the dashboard's stream has: for each section its state and the digest of its data. Goes with every event, and comes back
/// in `Last-Event-ID`, so that a client that comes back is told only what is another now, by whichever replica.
///
/// `1.fAbCdEfGhIjK.sAbCdEfGhIjK.m.-`: fresh, stale, missing, not heard of. It claims nothing that is of use to anybody else: whoever says
/// that he has what he has not is not sent it.
struct LastEventID {
  let known: [SectionVersion?]

  private static let maxLength = 1024
  private static let mark = UInt8(ascii: "1")
  /// Characters of a digest in base64url.
  private static let digits = 11

  init(_ known: [SectionVersion?]) { self.known = known }

  /// Nil for anything that is not such an id, whole and exact.
  init?(_ text: String) {
    guard text.utf8.count <= Self.maxLength else { return nil }
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count > 1, parts[0].elementsEqual([Self.mark]) else { return nil }
    var known: [SectionVersion?] = []
    for part in parts.dropFirst() {
      guard let version = Self.version(part) else { return nil }
      known.append(version)
    }
    self.known = known
  }

  /// The field of an event, with the end of its line.
  var line: ByteBuffer {
    var text = ByteBufferAllocator().buffer(capacity: 8 + known.count * 13)
    text.writeStaticString("id: 1")
    for version in known {
      text.writeStaticString(".")
      Self.write(version, to: &text)
    }
    text.writeStaticString("\n")
    return text
  }

  private static func write(_ version: SectionVersion?, to text: inout ByteBuffer) {
    guard let version, version.state != .missing else {
      text.writeStaticString(version == nil ? "-" : "m")
      return
    }
    text.writeStaticString(version.state == .stale ? "s" : "f")
    withUnsafeBytes(of: version.digest.bigEndian) { digest in Base64URL.encode(digest) { text.writeInteger($0) } }
  }

  /// The inner nil is a section that was not heard of; the outer one is nonsense.
  private static func version(_ part: Substring.UTF8View.SubSequence) -> SectionVersion?? {
    guard let first = part.first else { return nil }
    switch first {
    case UInt8(ascii: "-") where part.count == 1: return .some(nil)
    case UInt8(ascii: "m") where part.count == 1: return SectionVersion(state: .missing, digest: 0)
    case UInt8(ascii: "f"), UInt8(ascii: "s"):
      guard let digest = digest(part.dropFirst()) else { return nil }
      return SectionVersion(state: first == UInt8(ascii: "f") ? .fresh : .stale, digest: digest)
    default: return nil
    }
  }

  private static func digest(_ text: Substring.UTF8View.SubSequence) -> UInt64? {
    guard text.count == digits, let bytes = Base64URL.decode(text) else { return nil }
    return bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
