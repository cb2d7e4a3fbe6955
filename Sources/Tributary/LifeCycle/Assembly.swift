import Aggregation
import Caching
import Clients
import EventLoops
import Gateway
import NIOCore
import Settings

/// What one configuration makes of the process: a client for each upstream, and what puts their answers together.
struct Assembly: Sendable {
  let settings: GatewaySettings
  let clients: [UpstreamClient]
  let parts: ServingParts

  /// - Parameters:
  ///   - cache: of the process; what another configuration has put there is found again where it means the same.
  ///   - old: what is in use; an upstream that is defined as before keeps its connections and what is known of it.
  init(
    _ settings: GatewaySettings, cache: ProcessCache, workers: WorkerPool, on group: any EventLoopGroup,
    reusing old: Assembly? = nil
  ) async throws {
    var clients: [UpstreamClient] = []
    for upstream in settings.upstreams {
      if let known = old?.clients.first(where: { $0.definition == upstream }) {
        clients.append(known)
      } else {
        clients.append(try await UpstreamClient(upstream, on: group) { JSONMember.text($1, in: $0) })
      }
    }
    let aggregator = try await Aggregator(
      sections: settings.sections, clients: Dictionary(clients.map { ($0.definition.name, $0) }) { first, _ in first },
      requirements: settings.requirements, cache: settings.caching(in: cache.store), workers: workers, on: group)
    self.settings = settings
    self.clients = clients
    parts = ServingParts(
      settings.gateway, aggregator: aggregator, upstreams: clients,
      // Here goes what verifies tokens and API keys, made from `settings`, with the schemes that it knows, and whether nobody is let in too.
      authenticator: nil, schemes: [],
      cache: settings.cache.isEnabled ? SectionPurger(store: cache.store, channel: cache.purges) : nil)
  }

  /// Ends what `successor` does not use, when the requests that came before it are over.
  func retire(for successor: Assembly) async throws {
    let patience = TimeAmount(settings.gateway.deadline) + .seconds(1)
    for client in clients where !successor.clients.contains(where: { $0 === client }) {
      try await client.shutDown(after: patience)
    }
  }
}

extension GatewaySettings {
  /// Nil where nothing is to be cached.
  fileprivate func caching(in store: SectionStore) -> SectionCaching? {
    guard cache.isEnabled else { return nil }
    let maker = CacheKeyMaker(configurationVersion: "1", secret: cache.keySecret.map { Array($0.reveal().utf8) })
    return SectionCaching(store, maker: maker, patience: TimeAmount(gateway.deadline))
  }
}
