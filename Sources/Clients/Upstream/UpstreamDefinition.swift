package import NIOCore

/// An upstream is data: everything that makes one service different from another.
package struct UpstreamDefinition: Sendable, Equatable {
  /// The key under `upstreams` in the configuration, and the name in headers, logs and `/api/health/services`.
  package var name: String
  /// The key in `metadata.services_status`; the real client shortens `microservice` to `MS`.
  package var label: String
  package var endpoint: Endpoint
  /// Further endpoints of the same service: calls go where the fewest are under way.
  package var moreEndpoints: [Endpoint] = []
  /// Nil: the system's authorities, no certificate of our own.
  package var tls: UpstreamTLS?
  /// What stands before every path: empty, or `/prefix` without a slash at its end.
  package var pathPrefix: String
  /// The light path that says whether the service is up; any 2xx is.
  package var healthPath: String
  package var identity: IdentityRule
  /// One try on the wire, from its first byte to the last byte of the answer.
  package var attemptTimeout: TimeAmount
  package var policies: UpstreamPolicies
  /// Whether each try is told how many milliseconds are left (`X-Request-Deadline-Ms`).
  package var sendsDeadline = false
  /// Whether to ask for gzip. Off by default: inside one data centre the CPU costs more than the bytes.
  package var acceptsGzip: Bool
  package var limits: TransportLimits

  package init(
    name: String, label: String, endpoint: Endpoint, pathPrefix: String = "", healthPath: String = "/",
    identity: IdentityRule = .none, attemptTimeout: TimeAmount = .seconds(5),
    policies: UpstreamPolicies = UpstreamPolicies(),
    acceptsGzip: Bool = false, limits: TransportLimits = TransportLimits()
  ) {
    self.name = name
    self.label = label
    self.endpoint = endpoint
    self.pathPrefix = pathPrefix
    self.healthPath = healthPath
    self.identity = identity
    self.attemptTimeout = attemptTimeout
    self.policies = policies
    self.acceptsGzip = acceptsGzip
    self.limits = limits
  }
}

extension UpstreamDefinition {
  /// All endpoints of the service; never empty.
  package var endpoints: [Endpoint] { [endpoint] + moreEndpoints }
}

/// Whose identity an upstream is given.
package enum IdentityRule: Sendable, Equatable {
  case none
  /// The caller's own headers, by an allow-list of lower-case names.
  case forward([String])
  /// A service credential in place of the caller's identity.
  case credential([HeaderField])
  /// A token that we have been given for a service account, in place of the caller's identity.
  case signIn(SignInRule)

  /// Whether it is the same whoever calls, and gives every caller what the service may see.
  package var isOfService: Bool {
    switch self {
    case .none, .forward: false
    case .credential, .signIn: true
    }
  }
}

/// A header field that goes to an upstream. Names are lower case.
package struct HeaderField: Sendable, Equatable {
  package let name: String
  package let value: String

  package init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}
