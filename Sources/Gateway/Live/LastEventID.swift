import Aggregation
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
  private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
  /// Of 6 bits each: the last holds 4 of a digest.
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
    var bits = version.digest
    for _ in 0..<digits {
      text.writeInteger(alphabet.utf8Start[Int(bits >> 58)])
      bits <<= 6
    }
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
    guard text.count == digits else { return nil }
    var bits: UInt64 = 0
    for (place, byte) in text.enumerated() {
      guard let digit = (0..<64).first(where: { alphabet.utf8Start[$0] == byte }) else { return nil }
      // The last one has its four bits at the top.
      if place == digits - 1 {
        guard digit & 3 == 0 else { return nil }
        bits = bits << 4 | UInt64(digit >> 2)
      } else {
        bits = bits << 6 | UInt64(digit)
      }
    }
    return bits
  }
}
