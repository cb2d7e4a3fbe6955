package import Caching
import Clients
package import NIOCore

/// The cache before the upstreams, as one configuration wants it used.
package struct SectionCaching: Sendable {
  private let store: SectionStore
  private let maker: CacheKeyMaker
  private let patience: TimeAmount

  /// - Parameters:
  ///   - store: outlives configurations.
  ///   - patience: how long a fetch may take, whoever waits for it.
  package init(_ store: SectionStore, maker: CacheKeyMaker, patience: TimeAmount) {
    self.store = store
    self.maker = maker
    self.patience = patience
  }

  /// How often something was purged.
  var purgeCount: Int { store.purges.count }

  /// Nil for a section that is not cached.
  func delivery(
    of source: SectionSource, _ section: SectionDefinition, _ upstream: UpstreamDefinition
  ) -> (any SectionDelivery)? {
    guard section.cache.isEnabled else { return nil }
    let keys = SectionKeys(section, upstream: upstream, scope: section.cache.scope, maker: maker)
    return CachedSectionSource(source, store, policy: section.cache, keys: keys, patience: patience)
  }
}
