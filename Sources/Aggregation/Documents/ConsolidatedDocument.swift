import NIOCore
import RawJSON

/// `/consolidated`: the sections as they came, byte for byte, in their configured order, and `metadata` behind them (contract §2).
struct ConsolidatedDocument {
  let metadata: DocumentMetadata

  /// Whole documents up to this size are copied into one buffer, which one write sends; beyond it copying costs more than pieces do.
  private static let onePieceSize = 256 * 1024

  var pieces: [ByteBuffer] {
    let tail = self.tail
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

extension SectionOutcome {
  func writeBody(to pieces: inout PieceWriter) {
    guard let section else { return pieces.write(filler) }
    guard section.shape == .objectAsList else { return pieces.write(section.body) }
    pieces.write("[")
    pieces.write(section.body)
    pieces.write("]")
  }
}
