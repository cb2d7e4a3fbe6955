package import Clients
package import NIOCore
import Resilience
package import Settings

/// Where spans go, and which: `tracing`.
package struct TracingConfiguration: Sendable, Equatable {
  /// The collector's base URL; nil: there are no spans. What came of a trace is passed on all the same.
  package var endpoint: BaseURL?
  /// Of the traces that begin here. Those of others are recorded as their `traceparent` says; what did not go well always is.
  package var sampleRatio = 0.01
  package var serviceName = "tributary"
  /// Of one request to the collector.
  package var timeout = TimeAmount.seconds(10)
  var limits = ExportQueue.Limits()
  private var headers: [HeaderField] = []
  private var tls: UpstreamTLS?

  package init() {}

  /// - Parameter settings: the scope `tracing`.
  package init(reading settings: SettingsReader) {
    endpoint = settings.optionalURL("endpoint")
    sampleRatio = settings.number("sample_ratio", default: sampleRatio, in: 0...1)
    serviceName = settings.string("service_name", default: serviceName)
    let patience = settings.duration("timeout", default: .seconds(10), in: .milliseconds(10) ... .seconds(60))
    timeout = TimeAmount(patience)
    limits.capacity = settings.integer("queue", default: limits.capacity, in: 1...1_000_000)
    limits.batch = settings.integer("batch", default: limits.batch, in: 1...10_000)
    limits.interval = settings.duration("interval", default: limits.interval, in: .milliseconds(10) ... .seconds(60))
    tls = UpstreamTLS(reading: settings.scope("tls"))
    guard let secret = settings.secret("headers") else { return }
    if let fields = HeaderField.list(secret.reveal()) {
      headers = fields
    } else {
      settings.problem("headers", found: "***", allowed: "header fields as `name: value`, with `;` or line ends between them")
    }
  }

  /// The collector, as a client of ours sees it. Its tries are counted here and nowhere else: one each.
  package var collector: UpstreamDefinition? {
    guard let endpoint else { return nil }
    var definition = UpstreamDefinition(
      name: "trace_collector", label: "trace_collector",
      endpoint: Endpoint(scheme: endpoint.scheme == "https" ? .https : .http, host: endpoint.host, port: endpoint.port),
      pathPrefix: endpoint.pathPrefix, identity: headers.isEmpty ? .none : .credential(headers), attemptTimeout: timeout)
    definition.policies.retry = .never
    definition.tls = tls
    return definition
  }
}
