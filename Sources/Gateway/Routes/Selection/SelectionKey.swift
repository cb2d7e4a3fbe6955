import Aggregation
import Crypto

/// What an answer was made from of which not all was wanted: the sections, and what of them. As long as a digest, however much a query
/// says.
struct SelectionKey: Hashable, Sendable {
  private let composite: CompositeKey
  private let view: SHA256Digest

  /// - Parameter scope: of the cursors that stand in it; nil where it has none.
  init(_ document: Document, _ view: DocumentView, kind: DocumentKind, scope: CursorScope?) {
    composite = CompositeKey(document, kind: kind)
    var hash = SHA256()
    let fields = view.fields?.canonical ?? []
    hash.update(data: Self.number(fields.count) + fields + Self.number(view.top))
    if let page = view.page {
      hash.update(data: Self.number(page.limit) + page.positions.flatMap { Self.number($0.digest) + Self.number($0.offset) })
    }
    // The lists are in it.
    if let scope { hash.update(data: scope.bytes) }
    self.view = hash.finalize()
  }

  private static func number(_ number: some BinaryInteger) -> [UInt8] {
    let bits = UInt64(truncatingIfNeeded: number)
    return (0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
  }
}
