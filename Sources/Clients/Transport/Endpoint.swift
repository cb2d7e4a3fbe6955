/// Where an upstream listens: what a connection is made to.
package struct Endpoint: Hashable, Sendable {
  package enum Scheme: String, Sendable {
    case http
    case https
  }

  package let scheme: Scheme
  /// A host name, or a literal IPv4 or IPv6 address without brackets.
  package let host: String
  package let port: Int

  package init(scheme: Scheme = .http, host: String, port: Int) {
    self.scheme = scheme
    self.host = host
    self.port = port
  }

  /// Whether the name means this machine's own loopback addresses, both of them, whatever a resolver says (RFC 6761 §6.3).
  var isLocalhost: Bool { ["localhost", "localhost."].contains(host.lowercased()) }

  /// The `Host` field of a request to it (RFC 9110 §7.2): the port only where it is not the scheme's own, IPv6 in brackets.
  package var authority: String {
    let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
    switch (scheme, port) {
    case (.http, 80), (.https, 443): return name
    default: return "\(name):\(port)"
    }
  }
}
