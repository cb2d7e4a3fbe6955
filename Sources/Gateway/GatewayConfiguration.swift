package import Settings

/// The HTTP edge: `server`, `request`, `cors`.
package struct GatewayConfiguration: Sendable {
  package var host: String
  /// 0 takes any free port.
  package var port: Int
  /// Event loops, one thread each; 0 means one a core.
  package var loops: Int
  /// From the door to the answer. What is not there by then is missing from the document.
  package var deadline: Duration
  /// Exact origins, or `*`. Empty: no page of another origin may read.
  package var allowedOrigins: [String]

  package init(reading settings: SettingsReader) {
    let server = settings.scope("server")
    host = server.string("host", default: "127.0.0.1")
    port = server.integer("port", default: 8005, in: 0...65535)
    loops = server.integer("loops", default: 0, in: 0...1024)
    deadline = settings.scope("request").duration("deadline", default: .seconds(10), in: .milliseconds(10) ... .seconds(300))
    allowedOrigins = settings.scope("cors").strings(
      "allowed_origins", default: ["*"], each: "an origin such as https://app.example.com, or *", where: Self.isOrigin)
  }

  /// `scheme://host[:port]` as a browser sends it (RFC 6454 §7): no path, no slash at the end.
  private static func isOrigin(_ text: String) -> Bool {
    if text == "*" { return true }
    guard let url = BaseURL(text), url.pathPrefix.isEmpty else { return false }
    return !text.hasSuffix("/")
  }
}
