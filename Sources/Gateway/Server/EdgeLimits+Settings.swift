import NIOCore
import Settings

extension EdgeLimits {
  /// - Parameter server: the scope `server`.
  init(reading server: SettingsReader) {
    self.init()
    maxRequestLine = server.bytes("max_request_line", default: maxRequestLine, in: 64...64 * 1024)
    maxHeader = server.bytes("max_header", default: maxHeader, in: 64...1024 * 1024)
    maxHeaders = server.bytes("max_headers", default: maxHeaders, in: 64...1024 * 1024)
    maxHeaderFields = server.integer("max_header_fields", default: maxHeaderFields, in: 1...10_000)
    maxBody = server.bytes("max_body", default: maxBody, in: 0...64 * 1024 * 1024)
    headTimeout = Self.time("head_timeout", headTimeout, server)
    bodyTimeout = Self.time("body_timeout", bodyTimeout, server)
    writeTimeout = Self.time("write_timeout", writeTimeout, server)
    idleTimeout = Self.time("idle_timeout", idleTimeout, server)
    maxStreams = server.integer("max_streams", default: maxStreams, in: 1...10_000)
    maxConnections = server.integer("max_connections", default: maxConnections, in: 1...1_000_000)
  }

  private static func time(_ key: String, _ fallback: TimeAmount, _ server: SettingsReader) -> TimeAmount {
    let fallback = Duration.nanoseconds(fallback.nanoseconds)
    return TimeAmount(server.duration(key, default: fallback, in: .milliseconds(10) ... .seconds(3600)))
  }
}
