import Clients
import NIOCore
import Resilience
import Settings

extension RemoteKeysConfiguration {
  /// Of the document, in bytes.
  private static let longest = 1 << 20

  /// The issuer as an upstream: asked without anybody's identity, once a fetch.
  var upstream: UpstreamDefinition {
    var policies = UpstreamPolicies()
    policies.retry = .never
    var limits = TransportLimits()
    limits.maxBodyBytes = Self.longest
    limits.maxConnections = 1
    limits.connectTimeout = .seconds(1)
    let endpoint = Endpoint(scheme: url.scheme == "https" ? .https : .http, host: url.host, port: url.port)
    var definition = UpstreamDefinition(
      name: "jwks", label: "jwks", endpoint: endpoint, attemptTimeout: .milliseconds(patience.wholeMilliseconds),
      policies: policies, limits: limits)
    definition.tls = tls
    return definition
  }
}

extension BaseURL {
  /// What is asked for: the whole path.
  var target: String { pathPrefix.isEmpty ? "/" : pathPrefix }
}
