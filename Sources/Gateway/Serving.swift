package import Aggregation
package import Clients
import EventLoops
package import Identity
package import NIOCore
import RateLimiting

/// The parts that answers are made from. Made from one configuration, and replaced as a whole when that is read again.
package struct ServingParts: Sendable {
  let aggregator: Aggregator
  let upstreams: [UpstreamClient]
  let deadline: Duration
  let cors: CORSPolicy
  let access: AccessPolicy
  let cache: (any CachePurging)?
  let limits: RequestLimits?
  let stream: StreamConfiguration
  let cursors: CursorKey
  let explains: Bool

  /// - Parameters:
  ///   - upstreams: in the order of the health report.
  ///   - authenticator: finds out who calls; nil: nobody has to say.
  ///   - schemes: in which fields it looks for credentials.
  ///   - allowsAnonymous: whether who brings none is let in, as nobody.
  ///   - cache: what an operator purges; nil while it is off.
  ///   - limiting: where requests are counted; nil: nowhere, whatever the configuration says.
  package init(
    _ configuration: GatewayConfiguration, aggregator: Aggregator, upstreams: [UpstreamClient],
    authenticator: (any Authenticating)? = nil, schemes: CredentialSchemes = [.bearer, .apiKey],
    allowsAnonymous: Bool = false, cache: (any CachePurging)?, limiting: Limiting? = nil
  ) {
    self.aggregator = aggregator
    self.upstreams = upstreams
    cursors = CursorKey(configuration.cursorSecret)
    deadline = configuration.deadline
    explains = configuration.explains
    cors = CORSPolicy(allowedOrigins: configuration.allowedOrigins, allowsCredentials: configuration.allowsCORSCredentials)
    access = AccessPolicy(
      configuration.security, authenticator: authenticator, schemes: schemes, allowsAnonymous: allowsAnonymous,
      lookup: aggregator.userLookup)
    self.cache = cache
    stream = configuration.stream
    limits = RequestLimits(configuration.rateLimits.policies, by: limiting, addresses: configuration.clientAddress)
  }
}

/// What one configuration makes of the routes. A request keeps the one that it began with.
final class Serving: Sendable {
  let dashboard: DashboardRoutes
  let health: HealthRoute
  let cors: CORSPolicy
  let access: AccessPolicy
  let limits: RequestLimits?
  let cache: (any CachePurging)?
  let stream: StreamConfiguration
  let upstreams: [UpstreamClient]
  /// Of `/consolidated` and of `/summary`.
  let tallies: (consolidated: DocumentTally, summary: DocumentTally)
  let tenure = Tenure()
  let guards: Guards

  init(_ parts: ServingParts) {
    let identity = parts.upstreams.reduce(into: Set<String>()) { names, upstream in
      if case .forward(let forwarded) = upstream.definition.identity { names.formUnion(forwarded) }
    }
    dashboard = DashboardRoutes(
      aggregator: parts.aggregator, deadline: .nanoseconds(Int64(parts.deadline / .nanoseconds(1))),
      identityFields: identity.sorted(), access: parts.access, tenure: tenure, cursors: parts.cursors,
      explains: parts.explains)
    health = HealthRoute(upstreams: parts.upstreams)
    upstreams = parts.upstreams
    tallies = (parts.aggregator.consolidatedTally, parts.aggregator.summaryTally)
    cors = parts.cors
    access = parts.access
    limits = parts.limits
    guards = Guards(asksForIdentity: access.isOn, limits: limits)
    cache = parts.cache
    stream = parts.stream
  }
}

/// What stands between a request and its route.
struct Guards: OptionSet {
  let rawValue: UInt8

  /// Callers are asked who they are.
  static let identity = Guards(rawValue: 1)
  /// Requests are counted.
  static let limits = Guards(rawValue: 2)
  /// And by who sends them.
  static let principals = Guards(rawValue: 4)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  init(asksForIdentity: Bool, limits: RequestLimits?) {
    self = []
    if asksForIdentity { insert(.identity) }
    if let limits { insert(limits.countPrincipals ? [.limits, .principals] : .limits) }
  }

  /// Every set of them, each at its raw value.
  static let all = (0..<8).map { Guards(rawValue: $0) }
}

/// What one loop answers from: what one configuration makes of the routes, and what has been made of its documents here. Belongs to the
/// loop.
final class LoopServing {
  let serving: Serving
  let composites = CompositeMemo<CompositeKey>()
  let live: LiveServing
  /// Of documents of which not all was wanted.
  let selections = CompositeMemo<SelectionKey>(maxBytes: 8 << 20, maxEntries: 1024)

  init(_ serving: Serving, on eventLoop: any EventLoop) {
    self.serving = serving
    live = LiveServing(serving, on: eventLoop)
  }
}

/// The parts in use, on each loop: read without a lock, replaced loop by loop.
package struct CurrentServing: Sendable {
  private final class Box {
    var serving: LoopServing

    init(_ serving: LoopServing) { self.serving = serving }
  }

  private let boxes: LoopLocal<Box>

  package init(_ parts: ServingParts, on group: any EventLoopGroup) async throws {
    let serving = Serving(parts)
    boxes = try await LoopLocal(group) { Box(LoopServing(serving, on: $0)) }
  }

  /// Must be read on `loop`.
  func on(_ loop: any EventLoop) -> LoopServing { boxes[loop].serving }

  /// Requests that come from now on are answered from these parts. What was answered from the old ones is not given again.
  package func replace(with parts: ServingParts) async throws {
    let serving = Serving(parts)
    try await boxes.onEachLoop { box in
      box.serving.serving.tenure.end()
      box.serving = LoopServing(serving, on: box.serving.live.eventLoop)
    }
  }
}
