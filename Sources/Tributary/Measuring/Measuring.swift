import Gateway
import Metrics
import MetricsExport
import NIOCore

/// The metrics of the process, from its start to its end.
struct Measuring: Sendable {
  private let registry: MetricsRegistry
  private let lag: LoopLag

  /// Must be called before anything is made that counts, and once in a process. Nil where nothing is to be counted.
  static func begin(_ configuration: MetricsConfiguration, on group: any EventLoopGroup) async throws -> Measuring? {
    guard configuration.isEnabled else { return nil }
    let registry = try await MetricsRegistry(on: group)
    MetricsSystem.bootstrap(registry)
    Meter(label: "tributary_info", dimensions: [("version", Tributary.version)]).set(1)
    registry.add(ProcessMetrics())
    return Measuring(registry: registry, lag: LoopLag(on: group))
  }

  var page: MetricsPage { MetricsPage(contentType: MetricsRegistry.contentType) { [registry] in await registry.page() } }

  func add(_ sources: [any MetricsSource]) { for source in sources { registry.add(source) } }

  /// Before the loops end.
  func end() { lag.stop() }
}
