import Gateway
import NIOCore
import RawJSON

/// One line of the matrix: how things stand, and what a client gets.
package struct MatrixRow: Sendable, Equatable {
  /// What tells the lines apart.
  package struct Place: Sendable, Hashable {
    package let document: SimulatedDocument
    /// The upstreams that answer.
    package let available: Set<String>
    package let cache: SimulatedCache

    package init(_ document: SimulatedDocument, available: Set<String>, cache: SimulatedCache) {
      (self.document, self.available, self.cache) = (document, available, cache)
    }
  }

  /// A name and a word for it, in the order of the answer.
  package struct Word: Sendable, Equatable {
    package let name: String
    package let word: String

    package init(_ name: String, _ word: String) { (self.name, self.word) = (name, word) }
  }

  package let place: Place
  /// Those that the document is made from, in their order.
  package let upstreams: [String]
  package let status: Int
  /// `metadata.sections.*.state`; of a refusal `sections.*.state`.
  package let sections: [Word]
  /// `metadata.derived.*.quality`; none where nothing is computed.
  package let derived: [Word]
  /// The field's value.
  package let cacheControl: String
  package let hasEntityTag: Bool

  /// Whether a client may keep the answer, and ask whether it still holds.
  package var isCacheable: Bool { hasEntityTag && !cacheControl.contains("no-store") }

  /// Reads what a client would.
  init(_ answer: RehearsedAnswer, at place: Place, of upstreams: [String]) {
    self.place = place
    self.upstreams = upstreams
    status = answer.status
    cacheControl = answer.field("cache-control") ?? ""
    hasEntityTag = answer.field("etag") != nil
    (sections, derived) = answer.body.withUnsafeReadableBytes { bytes in
      let document = JSONItems(in: bytes)
      let metadata = document.member("metadata")?.items
      return (
        (metadata ?? document).words("sections", "state"), metadata.map { $0.words("derived", "quality") } ?? []
      )
    }
  }
}

extension JSONItems {
  fileprivate func member(_ name: String) -> Item? { first { $0.name?.string == name } }

  /// Of each member of the member, its own member `word`.
  fileprivate func words(_ member: String, _ word: String) -> [MatrixRow.Word] {
    guard let items = self.member(member)?.items else { return [] }
    return items.compactMap { item in
      guard let name = item.name, let text = item.items?.member(word)?.text else { return nil }
      return MatrixRow.Word(name.string, text.string)
    }
  }
}
