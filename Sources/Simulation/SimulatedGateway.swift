package import Aggregation
import Caching
package import Clients
import EventLoops
package import Gateway
import NIOCore
import NIOPosix
import Resilience

/// What of a configuration decides how an answer degrades.
package struct SimulatedSettings: Sendable {
  package var gateway: GatewayConfiguration
  package var upstreams: [UpstreamDefinition]
  package var sections: [SectionDefinition]
  package var requirements: DocumentRequirements
  /// `cache.enabled`.
  package var isCached: Bool
  /// Of the credentials that are asked for; nil where nobody is asked who he is.
  package var schemes: CredentialSchemes?

  package init(
    gateway: GatewayConfiguration, upstreams: [UpstreamDefinition], sections: [SectionDefinition],
    requirements: DocumentRequirements, isCached: Bool, schemes: CredentialSchemes?
  ) {
    self.gateway = gateway
    self.upstreams = upstreams
    self.sections = sections
    self.requirements = requirements
    self.isCached = isCached
    self.schemes = schemes
  }
}

/// The gateway of a configuration without any network: the edge without its listener, the cache at a moment that we choose, and
/// upstreams that are stood in for. All between is what serves.
///
/// Every failure lasts: a retry would meet the same, so none is waited for. Chance is left out: no lifetime is stretched by it.
package struct SimulatedGateway: Sendable {
  private let settings: SimulatedSettings
  private let bodies: SimulatedBodies
  private let group: MultiThreadedEventLoopGroup
  private let workers: WorkerPool
  private let rehearsal: Rehearsal

  /// The services' answers make no document that a cache could be filled from.
  package struct NotWarmed: Error, CustomStringConvertible {
    let status: Int
    package var description: String { "the cache cannot be filled: the request for that is answered with \(status)" }
  }

  /// When every request comes: 2026-01-01T12:00:00Z.
  private static let moment = Timestamp(milliseconds: 1_767_268_800_000)

  package init(_ settings: SimulatedSettings, bodies: SimulatedBodies = SimulatedBodies()) async throws {
    var settings = settings
    for index in settings.upstreams.indices {
      settings.upstreams[index].policies.retry = .never
      settings.upstreams[index].policies.isHedged = false
    }
    for index in settings.sections.indices { settings.sections[index].cache.jitter = 0 }
    self.settings = settings
    self.bodies = bodies
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    workers = WorkerPool(threads: 1)
    let nobody = try await Aggregator(sections: [], clients: [:], workers: workers, on: group)
    let parts = Rehearsal.parts(settings.gateway, aggregator: nobody, upstreams: [], schemes: settings.schemes)
    rehearsal = try await Rehearsal(settings.gateway, parts: parts, on: group)
  }

  /// Runs `body` with a gateway that is taken apart afterwards.
  package static func with<Result: Sendable>(
    _ settings: SimulatedSettings, bodies: SimulatedBodies = SimulatedBodies(), _ body: (SimulatedGateway) async throws -> Result
  ) async throws -> Result {
    let gateway = try await SimulatedGateway(settings, bodies: bodies)
    do {
      let result = try await body(gateway)
      try await gateway.shutDown()
      return result
    } catch {
      try await gateway.shutDown()
      throw error
    }
  }

  package func shutDown() async throws {
    try await rehearsal.shutDown()
    try await workers.shutDown()
    try await group.shutdownGracefully()
  }

  /// The answer to the scenario's request. Each scenario begins with an empty cache and upstreams that nobody has called yet.
  package func answer(to scenario: Scenario) async throws -> RehearsedAnswer {
    let store = SectionStore()
    let question = RehearsedQuestion(scenario.parameters, settings.sections)
    for (age, sections) in kept(in: scenario.cache) {
      // Who is refused finds no cache.
      guard let warming = question.map(scenario.warming) else { break }
      // Through the same door as the request: what is kept is kept for who asks.
      let warmed = try await answer(
        to: warming, with: sections, DocumentRequirements(), store, at: Timestamp(milliseconds: Self.moment.milliseconds - age))
      guard warmed.status != 200 else { continue }
      let refused = try await answer(to: scenario, with: settings.sections, settings.requirements, store, at: Self.moment)
      guard refused.status == warmed.status, warmed.status < 500 else { throw NotWarmed(status: warmed.status) }
      return refused
    }
    return try await answer(to: scenario, with: settings.sections, settings.requirements, store, at: Self.moment)
  }

  /// The sections that the cache holds, by their age in milliseconds.
  private func kept(in cache: SimulatedCache) -> [Int64: [SectionDefinition]] {
    guard settings.isCached else { return [:] }
    return settings.sections.filter(\.cache.isEnabled).reduce(into: [:]) { kept, section in
      if let age = cache.age(under: section.cache) { kept[age, default: []].append(section) }
    }
  }

  private func answer(
    to scenario: Scenario, with sections: [SectionDefinition], _ requirements: DocumentRequirements, _ store: SectionStore,
    at moment: Timestamp
  ) async throws -> RehearsedAnswer {
    var clients: [UpstreamClient] = []
    let asked = RehearsedQuestion(scenario.parameters, settings.sections)
    for upstream in settings.upstreams {
      let standIn = StandIn(
        for: upstream, sections: settings.sections, bodies: bodies, asked: asked, failure: scenario.failures[upstream.name])
      clients.append(try await UpstreamClient(upstream, on: group, standIn: standIn) { JSONMember.text($1, in: $0) })
    }
    let patience = TimeAmount.nanoseconds(Int64(settings.gateway.deadline / .nanoseconds(1)))
    let caching = SectionCaching(store, maker: CacheKeyMaker(configurationVersion: "1"), patience: patience)
    let aggregator = try await Aggregator(
      sections: sections, clients: Dictionary(clients.map { ($0.definition.name, $0) }) { first, _ in first },
      requirements: requirements, cache: settings.isCached ? caching : nil, workers: workers, clock: .standing(at: moment),
      on: group)
    try await rehearsal.replace(
      with: Rehearsal.parts(settings.gateway, aggregator: aggregator, upstreams: clients, schemes: settings.schemes))
    return try await rehearsal.answer(to: RehearsedRequest(target: scenario.target, fields: scenario.fields), at: moment)
  }
}
