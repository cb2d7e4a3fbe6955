/// Those in front who are believed (`server.trusted_proxies`).
package struct TrustedProxies: Sendable, Equatable {
  private let ranges: [AddressRange]

  package init() { ranges = [] }

  /// - Parameter texts: see ``AddressRange``; nil if one is none.
  package init?(_ texts: [String]) {
    let ranges = texts.compactMap { AddressRange($0) }
    guard ranges.count == texts.count else { return nil }
    self.ranges = ranges
  }

  package var isEmpty: Bool { ranges.isEmpty }

  /// Whoever comes without an address, over a Unix socket, is nobody who is listed.
  package func contains(_ address: IPAddress?) -> Bool {
    guard let address else { return false }
    return ranges.contains { $0.contains(address) }
  }
}
