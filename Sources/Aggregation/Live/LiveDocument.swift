/// What a document would say of itself now: the `metadata` of `/consolidated`.
enum LiveDocument {
  static func json(_ news: [SectionNews]) -> [UInt8] {
    ConsolidatedDocument(metadata: DocumentMetadata(outcomes: news.map(\.outcome))).tail
  }
}
