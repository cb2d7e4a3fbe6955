package import RateLimiting
package import Resilience
package import Settings

/// The HTTP edge: `server`, `request`, `cors`, `authorization`, `rate_limits`, `admin`, `stream`.
package struct GatewayConfiguration: Sendable, Equatable {
  package var host: String
  /// 0 takes any free port.
  package var port: Int
  /// Nil: plain HTTP.
  package var tls: ServerTLS?
  /// Without TLS, whether HTTP/2 is spoken with whoever begins with its preface.
  package var h2c: Bool
  /// Whether everybody may ask what happened to a request (`explain=1`), where nobody has to say who he is. Operators always may.
  package var explains: Bool
  /// Event loops, one thread each; 0 means one a core.
  package var loops: Int
  /// Whether the API is described to whoever asks: `/openapi.json`, `/docs`, `/redoc`.
  package var describesAPI: Bool
  package var limits: EdgeLimits
  /// How many requests a loop takes on at once.
  package var admission: AdmissionControl.Configuration
  /// After SIGTERM, how long clients and balancers have to notice before nobody new is let in.
  package var drain: Duration
  /// After SIGTERM, when whatever is left is cut off.
  package var grace: Duration
  /// From the door to the answer. What is not there by then is missing from the document.
  package var deadline: Duration
  /// Exact origins, or `*`. Empty: no page of another origin may read.
  package var allowedOrigins: [String]
  /// Whether pages of those origins may send cookies and the like.
  package var allowsCORSCredentials: Bool
  package var security: SecurityConfiguration
  /// What cursors are signed with; nil: each process has one of its own.
  package var cursorSecret: Secret?
  /// Whose address a request is counted by.
  package var clientAddress: ClientAddress
  /// Off where there is no policy.
  package var rateLimits: RateLimitConfiguration
  package var admin: AdminConfiguration
  package var stream: StreamConfiguration

  package init(reading settings: SettingsReader) {
    let server = settings.scope("server")
    host = server.string("host", default: "127.0.0.1")
    port = server.integer("port", default: 8005, in: 0...65535)
    tls = ServerTLS(reading: server.scope("tls"))
    h2c = server.flag("h2c", default: false)
    explains = server.flag("explain", default: false)
    loops = server.integer("loops", default: 0, in: 0...1024)
    describesAPI = server.flag("docs", default: true)
    limits = EdgeLimits(reading: server)
    admission = AdmissionControl.Configuration(reading: settings.scope("overload"))
    drain = server.duration("drain", default: .seconds(5), in: .zero ... .seconds(300))
    grace = server.duration("grace", default: .seconds(30), in: .seconds(2) ... .seconds(600))
    if grace - drain < Self.leastEnding {
      server.problem("grace", found: "\(grace) with a drain of \(drain)", allowed: "at least 2s more than server.drain")
    }
    deadline = settings.scope("request").duration("deadline", default: .seconds(10), in: .milliseconds(10) ... .seconds(300))
    cursorSecret = server.secret("cursor_secret")
    if let cursorSecret, cursorSecret.reveal().utf8.count < CursorKey.leastLength {
      server.problem("cursor_secret", found: "a shorter one", allowed: "at least \(CursorKey.leastLength) characters")
    }
    let cors = settings.scope("cors")
    allowedOrigins = cors.strings(
      "allowed_origins", default: ["*"], each: "an origin such as https://app.example.com, or *", where: Self.isOrigin)
    allowsCORSCredentials = cors.flag("credentials", default: false)
    if allowsCORSCredentials, allowedOrigins.contains("*") {
      cors.problem(
        "credentials", found: "true with the origin *", allowed: "true only where cors.allowed_origins lists each of them")
    }
    security = SecurityConfiguration(reading: settings)
    clientAddress = ClientAddress(reading: server, trusted: security.trustedProxies)
    rateLimits = RateLimitConfiguration(reading: settings, routes: DashboardPath.all)
    stream = StreamConfiguration(reading: settings.scope("stream"))
    let scope = settings.scope("admin")
    admin = AdminConfiguration(reading: scope)
    if admin.collides(host: host, port: port) {
      scope.problem("port", found: "\(port), the same as server.port", allowed: "another port, or 0 for any free one")
    }
  }

  /// What only this machine can reach.
  package var isLoopback: Bool { Loopback.contains(host) }

  /// Between the drain window and the end of the grace period: what is in flight must be answered in it.
  private static let leastEnding = Duration.seconds(2)

  /// `scheme://host[:port]` as a browser sends it (RFC 6454 §7): no path, no slash at the end.
  private static func isOrigin(_ text: String) -> Bool {
    if text == "*" { return true }
    guard let url = BaseURL(text), url.pathPrefix.isEmpty else { return false }
    return !text.hasSuffix("/")
  }
}

extension AdmissionControl.Configuration {
  /// `overload`.
  fileprivate init(reading settings: SettingsReader) {
    self.init()
    maximum = settings.integer("max_requests", default: maximum, in: 1...1_000_000)
    minimum = settings.integer("min_requests", default: minimum, in: 1...1_000_000)
    targetLag = settings.duration("lag", default: targetLag, in: .milliseconds(1) ... .seconds(10))
  }
}
