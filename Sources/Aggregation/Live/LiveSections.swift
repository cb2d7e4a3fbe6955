package import NIOCore

/// The sections that somebody listens to, on one loop: each is looked after once for all who would be given the same (``SectionWatch``).
/// Belongs to the loop.
package final class LiveSections<Rendered> {
  private struct Key: Hashable {
    let position: Int
    let audience: SectionAudience
  }

  /// Those who have to be told of a change, and how many have been.
  private struct Round {
    let watch: SectionWatch<Rendered>
    let listenings: [LiveListening<Rendered>]
    var next = 0
  }

  package let eventLoop: any EventLoop
  let render: (SectionNews, _ hasData: Bool) -> Rendered
  let digest: (ByteBuffer) -> UInt64
  /// How often a section is fetched that is not kept.
  let interval: TimeAmount
  private let aggregator: Aggregator
  private let patience: TimeAmount
  private var watches: [Key: SectionWatch<Rendered>] = [:]
  private var rounds: [Round] = []
  private var isTelling = false
  private var purgeCount = 0
  private var purgeLook: Scheduled<Void>?

  /// So many are told in one go, about 300 µs, before other requests have their turn; the others after a pause.
  private static var portion: Int { 16 }
  private static var pause: TimeAmount { .milliseconds(1) }
  private static var purgePeriod: TimeAmount { .milliseconds(250) }

  /// - Parameters:
  ///   - patience: how long a fetch may take.
  ///   - interval: how often a section is fetched that is not kept.
  ///   - digest: of a section's data: the same on all replicas.
  ///   - render: makes what is sent to all who are told the same.
  package init(
    _ aggregator: Aggregator, patience: TimeAmount, interval: TimeAmount, on eventLoop: any EventLoop,
    digest: @escaping (ByteBuffer) -> UInt64, render: @escaping (SectionNews, _ hasData: Bool) -> Rendered
  ) {
    self.aggregator = aggregator
    self.patience = patience
    self.interval = interval
    self.eventLoop = eventLoop
    self.digest = digest
    self.render = render
  }

  /// How many sections a document has.
  package var sectionCount: Int { aggregator.consolidatedSources.count }

  /// Tells of the sections that are there, perhaps before this returns, of the others as they come, and of all that changes.
  ///
  /// - Parameters:
  ///   - request: on behalf of which sections are fetched.
  ///   - known: what he has already, by position; what is not of as many sections is not looked at.
  package func listen(
    _ request: DocumentRequest, knowing known: [SectionVersion?], _ tell: @escaping LiveListening<Rendered>.Tell
  ) -> LiveListening<Rendered> {
    let known = known.count == sectionCount ? known : Array(repeating: nil, count: sectionCount)
    let listening = LiveListening(request, knowing: known, tell)
    let joined = aggregator.consolidatedSources.enumerated().map { position, source in
      watch(of: source, at: position, for: source.audience(of: request))
    }
    listening.watches = joined
    for watch in joined { watch.add(listening) }
    for watch in joined where !listening.isOver {
      if watch.news == nil { watch.look(isAwaited: false) } else { listening.hear(watch) }
    }
    return listening
  }

  private func watch(of source: any SectionDelivery, at position: Int, for audience: SectionAudience) -> SectionWatch<Rendered> {
    let key = Key(position: position, audience: audience)
    if let known = watches[key] { return known }
    if watches.isEmpty {
      purgeCount = aggregator.purgeCount
      lookAfterPurges()
    }
    let watch = SectionWatch(source, at: position, for: audience, of: self)
    watches[key] = watch
    return watch
  }

  /// Nobody listens to it any more.
  func forget(_ watch: SectionWatch<Rendered>) {
    watches[Key(position: watch.position, audience: watch.audience)] = nil
    guard watches.isEmpty else { return }
    purgeLook?.cancel()
    purgeLook = nil
  }

  func request(again request: DocumentRequest, isAwaited: Bool) -> DocumentRequest {
    DocumentRequest(
      user: request.user, identity: request.identity, requestID: request.requestID, deadline: .now() + patience,
      isStrict: isAwaited, eventLoop: eventLoop)
  }

  private func lookAfterPurges() {
    purgeLook = eventLoop.assumeIsolated().scheduleTask(in: Self.purgePeriod) {
      self.lookAfterPurges()
      let count = self.aggregator.purgeCount
      guard count != self.purgeCount else { return }
      self.purgeCount = count
      for watch in self.watches.values { watch.purged() }
    }
  }
}

// MARK: Telling

extension LiveSections {
  /// Tells all who listen: the first at once, the others a few at a time.
  func announce(_ watch: SectionWatch<Rendered>) {
    rounds.append(Round(watch: watch, listenings: watch.listenings))
    if !isTelling { tellSome() }
  }

  private func tellSome() {
    isTelling = true
    var left = Self.portion
    while left > 0, let round = rounds.first {
      guard round.next < round.listenings.count else {
        rounds.removeFirst()
        continue
      }
      rounds[0].next += 1
      left -= 1
      // What is newer by then is told in its place.
      round.listenings[round.next].hear(round.watch)
    }
    guard !rounds.isEmpty else {
      isTelling = false
      return
    }
    eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { self.tellSome() }
  }
}
