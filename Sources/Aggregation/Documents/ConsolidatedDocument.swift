import Caching
import NIOCore
import RawJSON

/// `/consolidated`: the sections as they came, byte for byte, in their configured order, and `metadata` behind them (contract §2).
struct ConsolidatedDocument {
  let metadata: DocumentMetadata

  /// Whole documents up to this size are copied into one buffer, which one write sends; beyond it copying costs more than pieces do.
  private static let onePieceSize = 256 * 1024

  var body: DocumentBody {
    let tail = self.tail
    return DocumentBody(pieces(tail), digest: digest(tail))
  }

  private func pieces(_ tail: [UInt8]) -> [ByteBuffer] {
    let size = metadata.outcomes.reduce(tail.count) {
      $0 + ($1.section?.body.readableBytes ?? 64) + $1.place.section.utf8.count + 8
    }
    var pieces = PieceWriter(capacity: min(size, Self.onePieceSize), copies: size <= Self.onePieceSize)
    var separator: StaticString = "{\""
    for outcome in metadata.outcomes {
      pieces.write(separator)
      pieces.write(outcome.place.section)
      pieces.write("\":")
      outcome.writeBody(to: &pieces)
      separator = ",\""
    }
    pieces.write(metadata.outcomes.isEmpty ? "{\"metadata\":" : ",\"metadata\":")
    pieces.write(tail)
    pieces.write("}")
    return pieces.finished
  }

  /// Over all that the document is made of: for each section its name, how its body stands there, and its body's digest; then the
  /// metadata. Nil where a section has no digest.
  private func digest(_ tail: [UInt8]) -> BodyDigest? {
    var parts = ByteBufferAllocator().buffer(capacity: tail.count + metadata.outcomes.count * 64)
    for outcome in metadata.outcomes {
      guard let section = outcome.section, let digest = section.digest else { return nil }
      parts.writeLengthPrefixedText(outcome.place.section)
      parts.writeInteger(section.shape == .objectAsList ? UInt8(1) : 0)
      parts.writeInteger(digest.high)
      parts.writeInteger(digest.low)
    }
    parts.writeBytes(tail)
    return BodyDigest(hashing: parts)
  }

  /// The value of `metadata`.
  var tail: [UInt8] {
    var writer = JSONWriter(capacity: 1024)
    writer.beginObject()
    writer.key("total_users")
    writer.int(metadata.section("users")?.rowCount ?? 0)
    writer.key("total_accounts")
    writer.int(metadata.section("scraped_accounts")?.rowCount ?? 0)
    writer.key("total_posts_analyzed")
    writer.int(metadata.section("metrics")?.declaredCount ?? 0)
    metadata.write(to: &writer)
    writer.endObject()
    return writer.bytes
  }
}

extension ByteBuffer {
  fileprivate mutating func writeLengthPrefixedText(_ text: String) {
    writeInteger(UInt32(clamping: text.utf8.count))
    writeString(text)
  }
}

extension SectionOutcome {
  func writeBody(to pieces: inout PieceWriter) {
    guard let section else { return pieces.write(filler) }
    guard section.shape == .objectAsList else { return pieces.write(section.body) }
    pieces.write("[")
    pieces.write(section.body)
    pieces.write("]")
  }
}
