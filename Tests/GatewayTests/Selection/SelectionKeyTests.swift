import NIOCore
import Testing

@testable import Aggregation
@testable import Gateway

@Suite struct SelectionKeyTests {
  private static let document = Document(content: .pieces { DocumentBody([]) }, sections: [])

  private static func key(
    fields: String? = nil, top: Int = 5, limit: Int? = nil, offset: UInt32 = 0, scope: [String] = [],
    kind: DocumentKind = .summary
  ) throws -> SelectionKey {
    let page = limit.map {
      PageRequest(lists: ["users"], limit: $0, positions: [ListPosition(digest: 1, offset: offset)]) { _, _ in "" }
    }
    let view = DocumentView(fields: try fields.map { try FieldCatalogue.summary.selection($0.utf8) }, top: top, page: page)
    return SelectionKey(document, view, kind: kind, scope: page.map { _ in CursorScope(scope) })
  }

  @Test func whateverIsDifferentInAnAnswerIsAnotherKey() throws {
    let keys = [
      try key(), try key(fields: "trends"), try key(fields: "trends.growth_rate"), try key(top: 6), try key(kind: .consolidated),
      try key(fields: "trends", top: 6), try key(limit: 5), try key(limit: 6), try key(limit: 5, offset: 1),
      try key(limit: 5, scope: ["a"]), try key(limit: 5, scope: ["b"]), try key(limit: 5, scope: ["a", "b"]),
      try key(limit: 5, scope: ["ab"]),
    ]
    for (left, first) in keys.enumerated() {
      for (right, second) in keys.enumerated() { #expect((first == second) == (left == right), "\(left) \(right)") }
    }
    #expect(try key(fields: "trends,timestamp") == key(fields: "timestamp,trends,trends"))
  }

  private func key(
    fields: String? = nil, top: Int = 5, limit: Int? = nil, offset: UInt32 = 0, scope: [String] = [],
    kind: DocumentKind = .summary
  ) throws -> SelectionKey {
    try Self.key(fields: fields, top: top, limit: limit, offset: offset, scope: scope, kind: kind)
  }

  /// As many as a query can make: what is kept of them is bounded in number and in bytes.
  @Test func tenThousandSelectionsLeaveNoMoreThanTheMemoMayHave() throws {
    let memo = CompositeMemo<SelectionKey>(maxBytes: 8 << 20, maxEntries: 1024)
    for number in 0..<10_000 {
      let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: 20_000)
      memo.keep(Composite(DocumentBody([body])), for: try key(limit: 1, offset: UInt32(number)))
      #expect(memo.count <= 1024 && memo.bytes <= 8 << 20)
    }
    let (last, first) = (try key(limit: 1, offset: 9_999), try key(limit: 1, offset: 0))
    #expect(memo.find(last) != nil && memo.find(first) == nil)
    #expect(MemoryLayout<SelectionKey>.size <= 192)
  }
}
