import Aggregation
import Caching
import Clients
import EventLoops
import Gateway
import Identity
import Logging
import NIOCore
import RateLimiting
import Settings

/// What one configuration makes of the process: who finds out who calls, a client for each upstream, and what puts their answers together.
struct Assembly: Sendable {
  let settings: GatewaySettings
  let clients: [UpstreamClient]
  /// Nil while nobody is asked who he is.
  let authenticator: Authenticator?
  let parts: ServingParts

  /// - Parameters:
  ///   - cache: of the process; what another configuration has put there is found again where it means the same.
  ///   - limits: of the process as well.
  ///   - old: what is in use; an upstream that is defined as before keeps its connections and what is known of it, and who was known
  ///     stays known while what makes him so is the same.
  init(
    _ settings: GatewaySettings, cache: ProcessCache, limits: ProcessLimits, workers: WorkerPool, on group: any EventLoopGroup,
    logger: Logger,
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
    if !settings.gateway.rateLimits.policies.isEmpty { try await limits.begin() }
    self.settings = settings
    self.clients = clients
    authenticator = try await settings.authenticator(on: group, logger: logger, reusing: old)
    parts = ServingParts(
      settings.gateway, aggregator: aggregator, upstreams: clients, authenticator: authenticator, schemes: settings.schemes,
      allowsAnonymous: settings.identity.isEnabled && settings.identity.allowsAnonymous,
      cache: settings.cache.isEnabled ? SectionPurger(store: cache.store, channel: cache.purges) : nil, limiting: limits.limiting)
  }

  /// Ends what `successor` does not use, when the requests that came before it are over.
  func retire(for successor: Assembly) async throws {
    let patience = TimeAmount(settings.gateway.deadline) + .seconds(1)
    for client in clients where !successor.clients.contains(where: { $0 === client }) {
      try await client.shutDown(after: patience)
    }
    // It goes on answering those who have asked it.
    if settings.identity != successor.settings.identity { try await authenticator?.shutDown() }
  }

  /// At the end of the process, when nobody is answered any more.
  func shutDown() async throws {
    for client in clients { try await client.shutDown() }
    try await authenticator?.shutDown()
  }
}

extension GatewaySettings {
  var schemes: CredentialSchemes {
    var schemes = CredentialSchemes()
    if identity.modes.contains(.jwt) { schemes.insert(.bearer) }
    if identity.modes.contains(.apiKey) { schemes.insert(.apiKey) }
    return schemes
  }

  fileprivate func authenticator(
    on group: any EventLoopGroup, logger: Logger, reusing old: Assembly?
  ) async throws -> Authenticator? {
    guard identity.isEnabled else { return nil }
    if let old, old.settings.identity == identity { return old.authenticator }
    return try await Authenticator(identity, on: group) { event in
      logger.log(
        level: event.isTrouble ? .warning : .notice, "\(event.message)", metadata: ["identity.detail": "\(event.detail)"])
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
