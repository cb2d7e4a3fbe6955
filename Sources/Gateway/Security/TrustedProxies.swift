package import NIOCore

/// The addresses of those in front who are believed (`server.trusted_proxies`).
package struct TrustedProxies: Sendable, Equatable {
  private let ranges: [Range]

  package init() { ranges = [] }

  /// - Parameter texts: addresses, or ranges such as `10.0.0.0/8` (RFC 4632 §3.1, RFC 4291 §2.3); nil if one is neither.
  package init?(_ texts: [String]) {
    let ranges = texts.compactMap(Range.init)
    guard ranges.count == texts.count else { return nil }
    self.ranges = ranges
  }

  package var isEmpty: Bool { ranges.isEmpty }

  /// An IPv4 address that came as IPv6 (RFC 4291 §2.5.5.2) is the IPv4 address. A Unix socket is nobody's address.
  package func contains(_ address: SocketAddress) -> Bool {
    guard !ranges.isEmpty, let bytes = Self.bytes(of: address) else { return false }
    return ranges.contains { $0.contains(bytes) }
  }

  /// An address of 16 bytes, IPv4 in its mapped form, and how many of its bits count.
  private struct Range: Sendable, Equatable {
    let bytes: [UInt8]
    let bits: Int

    init?(_ text: String) {
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      guard (1...2).contains(parts.count), let address = TrustedProxies.address(String(parts[0])),
        let bytes = TrustedProxies.bytes(of: address)
      else { return nil }
      let width = address.protocol == .inet ? 32 : 128
      var length = width
      if parts.count == 2 {
        guard parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), parts[1].utf8.count <= 3,
          let given = Int(parts[1]), given <= width
        else { return nil }
        length = given
      }
      self.bytes = bytes
      bits = 128 - width + length
    }

    func contains(_ other: [UInt8]) -> Bool {
      let whole = bits / 8
      guard bytes.prefix(whole).elementsEqual(other.prefix(whole)) else { return false }
      guard bits % 8 > 0 else { return true }
      return (bytes[whole] ^ other[whole]) >> UInt8(8 - bits % 8) == 0
    }
  }

  private static func address(_ text: String) -> SocketAddress? {
    do { return try SocketAddress(ipAddress: text, port: 0) } catch { return nil }
  }

  /// `sockaddr_in` has the address after family and port, `sockaddr_in6` after family, port and flow (RFC 3493 §3.3).
  private static func bytes(of address: SocketAddress) -> [UInt8]? {
    switch address {
    case .v4(let address):
      [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + withUnsafeBytes(of: address.address) { Array($0[4..<8]) }
    case .v6(let address): withUnsafeBytes(of: address.address) { Array($0[8..<24]) }
    case .unixDomainSocket: nil
    }
  }
}
