import Aggregation
import Caching
import Clients
import Gateway
import NIOCore
import Settings

@testable import Simulation

extension SimulatedSettings {
  /// The defaults, and what the options say over them.
  static func reading(_ options: [String: String] = [:]) -> SimulatedSettings {
    let settings = SettingsReader(
      SettingsSources(environment: [:], options: options.map { OptionSetting(name: $0.key, key: $0.key, value: $0.value) }))
    let cache = CacheConfiguration(reading: settings.scope("cache"))
    let upstreams = UpstreamDefinition.all(reading: settings)
    let sections = SectionDefinition.all(reading: settings, upstreams: upstreams, cache: cache.policy)
    return SimulatedSettings(
      gateway: GatewayConfiguration(reading: settings), upstreams: upstreams, sections: sections,
      requirements: DocumentRequirements(reading: settings.scope("documents"), sections: sections.map(\.name)),
      isCached: cache.isEnabled, schemes: nil)
  }

  /// The answer to one scenario.
  func answer(
    _ document: SimulatedDocument, bodies: SimulatedBodies = SimulatedBodies(), _ change: (inout Scenario) -> Void = { _ in }
  ) async throws -> RehearsedAnswer {
    var scenario = Scenario(document)
    change(&scenario)
    return try await SimulatedGateway.with(self, bodies: bodies) { [scenario] in try await $0.answer(to: scenario) }
  }
}

extension RehearsedAnswer {
  var text: String { String(buffer: body) }
  var headText: String { String(buffer: head) }
}

extension Matrix {
  func row(_ document: SimulatedDocument, _ available: Set<String>, _ cache: SimulatedCache) -> MatrixRow? {
    rows.first { $0.place == MatrixRow.Place(document, available: available, cache: cache) }
  }
}

extension [MatrixRow.Word] {
  var byName: [String: String] { reduce(into: [:]) { $0[$1.name] = $1.word } }
}
