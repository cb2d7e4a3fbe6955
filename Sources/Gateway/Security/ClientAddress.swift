import HTTPTypes
import Settings

/// Who is counted as the client of a request: the peer of the connection, or where that is a trusted proxy, the last one on the way here
/// that is not.
///
/// Only what trusted proxies have added is believed. Fields are read from the right, where the nearest proxy has put whom it saw, as far as
/// the first address that is not trusted; what is left of it, a client may have written itself. Where what is to be read is no address
/// (an obfuscated identifier, `unknown`, garbage) the peer is the client: its clients are then one.
package struct ClientAddress: Sendable, Equatable {
  /// The field that trusted proxies tell in. The other one counts for nothing.
  package enum Form: String, Sendable, CaseIterable {
    case none
    /// RFC 7239.
    case forwarded
    case xForwardedFor = "x-forwarded-for"
  }

  package var trusted = TrustedProxies()
  package var form = Form.xForwardedFor

  /// Proxies that are passed before nobody is looked for any more.
  static let maxHops = 100

  package init() {}

  /// - Parameter server: the scope `server`.
  init(reading server: SettingsReader, trusted: TrustedProxies) {
    self.trusted = trusted
    form = server.choice("forwarded", default: form)
  }

  /// - Parameter peer: of the connection; nil where it has no address.
  func client(of peer: IPAddress?, _ fields: HTTPFields) -> IPAddress? {
    guard let peer, trusted.contains(peer) else { return peer }
    switch form {
    case .none: return peer
    case .xForwardedFor: return lastUntrusted(ForwardedHops.listed(fields[values: .xForwardedFor]), peer)
    case .forwarded: return lastUntrusted(ForwardedHops.elements(fields[values: .forwarded]), peer)
    }
  }

  /// - Parameter hops: from the nearest on; one that is not an address is nil.
  private func lastUntrusted(_ hops: some Sequence<IPAddress?>, _ peer: IPAddress) -> IPAddress {
    var last = peer
    for (passed, hop) in hops.enumerated() {
      guard let hop, passed < Self.maxHops else { return peer }
      if !trusted.contains(hop) { return hop }
      last = hop
    }
    // All are ours: the one that it began with.
    return last
  }
}

extension HTTPField.Name {
  static let forwarded = HTTPField.Name("Forwarded")!
  static let xForwardedFor = HTTPField.Name("X-Forwarded-For")!
}
