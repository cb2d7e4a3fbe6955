package import Settings

/// Which Redis, and how it is talked to.
package struct RedisConfiguration: Sendable, Equatable {
  package enum Mode: String, Sendable, CaseIterable {
    /// The server that the URL names.
    case single
    /// The cluster that it is a part of.
    case cluster
    /// The master that sentinels know.
    case sentinel
  }

  /// User, password, database and TLS; in modes other than `sentinel` also where.
  package var url: RedisURL
  package var mode = Mode.single
  /// `cluster`: more seeds. `sentinel`: the sentinels.
  package var nodes: [RedisEndpoint] = []
  /// `sentinel`: the name that the sentinels know the master by.
  package var master = "mymaster"
  package var sentinelPassword: Secret?
  /// A PEM file of the authorities to trust, in place of the system's.
  package var caFile: String?
  /// Whom the certificate must name; nil: the host that is connected to.
  package var serverName: String?
  /// What `CLIENT LIST` shows.
  package var clientName = "tributary"
  package var commandTimeout = Duration.milliseconds(25)
  /// TCP, TLS and login together.
  package var connectTimeout = Duration.milliseconds(500)
  /// Commands that wait for replies on one connection; there is one connection for each event loop and node.
  package var maxOutstanding = 1024

  package init(url: RedisURL) { self.url = url }
}

extension RedisConfiguration {
  /// `cache.redis`. Nil where there is no URL: the cache is in memory only.
  package init?(reading settings: SettingsReader) {
    let settings = settings.scope("cache", "redis")
    let secret = settings.secret("url") { RedisURL($0).map { $0.password == nil } ?? true }
    var base = RedisConfiguration(url: Self.none)
    base.mode = settings.choice("mode", default: base.mode)
    let nodes = settings.strings("nodes", default: [], each: "host:port") { Self.node($0) != nil }
    base.nodes = nodes.compactMap { Self.node($0) }
    base.master = settings.string("master", default: base.master)
    base.sentinelPassword = settings.secret("sentinel_password")
    base.caFile = settings.optionalString("ca_file")
    base.serverName = settings.optionalString("server_name")
    base.commandTimeout = settings.duration(
      "command_timeout", default: base.commandTimeout, in: .milliseconds(1) ... .seconds(5))
    base.connectTimeout = settings.duration(
      "connect_timeout", default: base.connectTimeout, in: .milliseconds(1) ... .seconds(30))
    base.maxOutstanding = settings.integer("max_outstanding", default: base.maxOutstanding, in: 1...65_536)
    if base.mode == .sentinel, base.nodes.isEmpty {
      settings.problem("nodes", found: "no sentinels", allowed: "host:port of at least one")
    }
    guard let secret else { return nil }
    guard let url = RedisURL(secret.reveal()) else {
      settings.problem("url", found: "a text that is not the URL of a Redis", allowed: RedisURL.allowed)
      return nil
    }
    if base.mode != .single, case .unix = url.endpoint {
      settings.problem("url", found: "the path of a socket", allowed: "a host, in any mode but single")
    }
    if base.mode == .cluster, url.database != 0 {
      settings.problem("url", found: "a database number", allowed: "none: a cluster has one database")
    }
    self = base
    self.url = url
  }

  private static func node(_ text: String) -> RedisEndpoint? {
    guard let url = BaseURL("redis://\(text)", schemes: ["redis"]), url.pathPrefix.isEmpty else { return nil }
    return .tcp(host: url.host, port: url.port)
  }

  /// Stands in while there is none.
  private static var none: RedisURL { RedisURL(endpoint: .tcp(host: "localhost", port: 6379)) }
}
