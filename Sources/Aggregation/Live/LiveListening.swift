import Clients

/// What one who listens to a document is told.
package enum LiveTidings<Rendered> {
  /// A section is there, or has changed. `isFirst`: the document was not complete before.
  case section(Rendered, isFirst: Bool)
  /// All sections have been told of; the document's metadata, as JSON. Once.
  case document([UInt8])
}

/// One who listens to all sections of a document. Belongs to a loop.
package final class LiveListening<Rendered> {
  package typealias Tell = (LiveTidings<Rendered>, LiveListening<Rendered>) -> Void

  /// By position: what he has; nil for a section of which he has heard nothing.
  package private(set) var known: [SectionVersion?]
  let request: DocumentRequest
  /// Where he stands in each watch.
  var slots: [Int]
  var watches: [SectionWatch<Rendered>] = []
  private var hasHeard: [Bool]
  private var left: Int
  /// Nil when he listens no longer.
  private var tell: Tell?

  init(_ request: DocumentRequest, knowing known: [SectionVersion?], _ tell: @escaping Tell) {
    self.request = request
    self.known = known
    self.tell = tell
    slots = Array(repeating: 0, count: known.count)
    hasHeard = Array(repeating: false, count: known.count)
    left = known.count
  }

  var isOver: Bool { tell == nil }

  /// Listens no longer. Any number of times.
  package func cancel() {
    tell = nil
    let watches = self.watches
    self.watches = []
    for watch in watches { watch.remove(self) }
  }

  /// Tells what the watch knows, unless it is known.
  func hear(_ watch: SectionWatch<Rendered>) {
    guard let news = watch.news, let tell else { return }
    let position = watch.position
    let had = known[position]
    if had != news.version {
      known[position] = news.version
      tell(.section(watch.render(news, hasData: had?.digest != news.version.digest), isFirst: left > 0), self)
    }
    guard !hasHeard[position] else { return }
    hasHeard[position] = true
    left -= 1
    // He may have left in the middle.
    if left == 0, watches.count == known.count { self.tell?(.document(LiveDocument.json(watches.compactMap(\.news))), self) }
  }
}
