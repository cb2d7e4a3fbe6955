import Clients
import NIOCore
import Resilience

/// One section, looked at for all of one audience on one loop: fetched again when what is there is no longer fresh, through the cache
/// like any other fetch, for as long as anybody listens. Belongs to the loop.
///
/// ```
/// fetch ─ fresh ──────────────── after its time to live, or the interval where it is not kept ──▶ fetch
///       ├ stale, being refreshed ─ at once, and waits for what comes ──────────────────────────▶ fetch
///       └ failed ───────────────── after 1, 2, 4, 5, 5 … s ─────────────────────────────────────▶ fetch
/// ```
final class SectionWatch<Rendered> {
  let position: Int
  let audience: SectionAudience
  private(set) var news: SectionNews?
  private(set) var listenings: [LiveListening<Rendered>] = []
  private let live: LiveSections<Rendered>
  private let source: any SectionDelivery
  private var rendered: (whole: Rendered?, bare: Rendered?) = (nil, nil)
  private var fetch: (any SectionFetch)?
  private var isFetching = false
  private var failures = 0
  private var timer: Scheduled<Void>?
  private var isOver = false

  init(_ source: any SectionDelivery, at position: Int, for audience: SectionAudience, of live: LiveSections<Rendered>) {
    self.source = source
    self.position = position
    self.audience = audience
    self.live = live
  }

  /// What those who listen are sent: made when the first of them is.
  ///
  /// - Parameter hasData: false for one who has the data already.
  func render(_ news: SectionNews, hasData: Bool) -> Rendered {
    if let known = hasData ? rendered.whole : rendered.bare { return known }
    let made = live.render(news, hasData)
    if hasData { rendered.whole = made } else { rendered.bare = made }
    return made
  }
}

// MARK: Who listens

extension SectionWatch {
  func add(_ listening: LiveListening<Rendered>) {
    listening.slots[position] = listenings.count
    listenings.append(listening)
  }

  func remove(_ listening: LiveListening<Rendered>) {
    let slot = listening.slots[position]
    guard slot < listenings.count, listenings[slot] === listening, let last = listenings.popLast() else { return }
    if last !== listening {
      listenings[slot] = last
      last.slots[position] = slot
    }
    if listenings.isEmpty { end() }
  }

  /// Nobody listens any more.
  private func end() {
    isOver = true
    timer?.cancel()
    live.forget(self)
    fetch?.cancel()
    fetch = nil
  }
}

// MARK: What is fetched

extension SectionWatch {
  /// - Parameter isAwaited: whether what is stale is waited out, and not given at once.
  func look(isAwaited: Bool) {
    guard !isOver, !isFetching, let someone = listenings.first else { return }
    timer?.cancel()
    isFetching = true
    let begun = source.fetch(for: live.request(again: someone.request, isAwaited: isAwaited), use: .splice) {
      self.arrived($0, isAwaited: isAwaited)
    }
    if isFetching { fetch = begun }
  }

  /// Something was purged: it may have been this. Not at the same time as everybody else.
  func purged() { look(in: .milliseconds(.random(in: 1...200))) }

  private func look(in delay: TimeAmount) {
    timer?.cancel()
    timer = live.eventLoop.assumeIsolated().scheduleTask(in: delay) { self.look(isAwaited: true) }
  }

  private func arrived(_ outcome: SectionOutcome, isAwaited: Bool) {
    isFetching = false
    fetch = nil
    guard !isOver else { return }
    let next = SectionNews(outcome, digest: digest(of: outcome))
    let isChange = news?.version != next.version
    news = next
    rendered = (nil, nil)
    look(in: pause(after: outcome, isAwaited: isAwaited))
    if isChange { live.announce(self) }
  }

  /// Most of the time it is what it was.
  private func digest(of outcome: SectionOutcome) -> UInt64 {
    guard let body = outcome.section?.body else { return 0 }
    if let news, let known = news.outcome.section, known.shape == outcome.section?.shape, known.body == body {
      return news.version.digest
    }
    return live.digest(body)
  }

  private func pause(after outcome: SectionOutcome, isAwaited: Bool) -> TimeAmount {
    switch outcome.result {
    case .stale(_, nil) where !isAwaited: return .nanoseconds(0)
    case .fresh, .cached:
      failures = 0
      // What took longer to fetch than it is fresh is kept all the same, and was never to wait for the interval.
      guard let cache = outcome.cache, cache.isStored, cache.timeToLive + cache.age > 0 else { return live.interval }
      return max(.milliseconds(max(cache.timeToLive, 0) + 1), Self.shortestPause)
    case .stale, .missing:
      failures = min(failures + 1, 4)
      let pause = min(TimeAmount.milliseconds(500 << Int64(failures)), Self.longestRetry, live.interval)
      return max(pause + .nanoseconds(.random(in: 0...pause.nanoseconds / 5)), Self.shortestPause)
    }
  }

  /// However short what an upstream says is fresh.
  private static var shortestPause: TimeAmount { .milliseconds(250) }
  private static var longestRetry: TimeAmount { .seconds(5) }
}
