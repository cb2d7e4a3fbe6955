import NIOCore
package import Settings

/// The admin listener: `admin`.
package struct AdminConfiguration: Sendable, Equatable {
  package var isEnabled = true
  package var host = "127.0.0.1"
  /// 0 takes any free port.
  package var port = 8006
  /// What whoever asks has to bring; nil: nobody has to.
  package var token: Secret?
  /// Nil: plain HTTP.
  package var tls: ServerTLS?

  package init() {}

  /// - Parameter settings: the scope `admin`.
  package init(reading settings: SettingsReader) {
    isEnabled = settings.flag("enabled", default: isEnabled)
    host = settings.string("host", default: host)
    port = settings.integer("port", default: port, in: 0...65535)
    token = Self.token(reading: settings)
    tls = ServerTLS(reading: settings.scope("tls"))
  }

  /// The secret alone, for who asks the listener.
  ///
  /// - Parameter settings: the scope `admin`.
  package static func token(reading settings: SettingsReader) -> Secret? {
    guard let token = settings.secret("token") else { return nil }
    let text = token.reveal().utf8
    if text.count >= leastTokenLength, text.allSatisfy({ (0x21...0x7E).contains($0) }) { return token }
    settings.problem("token", found: "***", allowed: "at least \(leastTokenLength) visible ASCII characters, without blanks")
    return nil
  }

  private static let leastTokenLength = 16

  /// Whether nobody but this machine can reach it.
  package var isLoopback: Bool { Loopback.contains(host) }

  /// Where somebody on this machine finds it; nil where no port is configured.
  package var url: String? {
    isEnabled && port != 0 ? "\(tls == nil ? "http" : "https")://\(clientHost):\(port)" : nil
  }

  /// As it stands in a URL for somebody on this machine.
  package var clientHost: String {
    switch host {
    case "0.0.0.0": "127.0.0.1"
    case "::": "[::1]"
    default: host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
    }
  }

  /// What an operator should know of it although it is allowed.
  package var warning: String? {
    guard isEnabled, !isLoopback, token == nil, tls?.clientAuthentication != .required else { return nil }
    return "admin.host: \(host) can be reached from other machines, and nobody who asks there is authenticated: set admin.token"
  }

  /// Whether it would listen where another listener does.
  func collides(host otherHost: String, port otherPort: Int) -> Bool {
    let wildcards = ["0.0.0.0", "::"]
    let isSameHost = host == otherHost || wildcards.contains(host) || wildcards.contains(otherHost)
    return isEnabled && port != 0 && port == otherPort && isSameHost
  }

  /// Few clients, who are at hand: smaller than what the public has. Whoever holds all connections holds none for longer than this; a
  /// scraper that comes every 15 s keeps its own.
  static var limits: EdgeLimits {
    var limits = EdgeLimits()
    limits.headTimeout = .seconds(5)
    limits.bodyTimeout = .seconds(10)
    limits.idleTimeout = .seconds(20)
    limits.maxConnections = 100
    return limits
  }
}
