import Aggregation
import Caching
import Gateway
import Redis
import Resilience

/// The purging of sections, as the admin listener asks for it: here, and in all replicas.
struct SectionPurger: CachePurging {
  let store: SectionStore
  let channel: PurgeChannel?

  func purge(tags: [String], isHard: Bool) async -> PurgeReport {
    let (entries, marks) = store.purge(tags, mode: isHard ? .hard : .soft, at: .now())
    guard let channel else { return PurgeReport(entries: entries, spread: .notNeeded) }
    switch await channel.spread(marks) {
    case .success: return PurgeReport(entries: entries, spread: .spread)
    case .failure(let error):
      return PurgeReport(entries: entries, spread: .failed("Redis: \(error.word); it is tried again until it succeeds"))
    }
  }
}
