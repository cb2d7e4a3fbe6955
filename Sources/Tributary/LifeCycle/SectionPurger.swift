import Aggregation
import Caching
import Gateway
import Resilience

/// The purging of sections, as the admin listener asks for it.
struct SectionPurger: CachePurging {
  let store: SectionStore

  func purge(tags: [String], isHard: Bool) async -> PurgeReport {
    let (entries, _) = store.purge(tags, mode: isHard ? .hard : .soft, at: .now())
    return PurgeReport(entries: entries, spread: .notNeeded)
  }
}
