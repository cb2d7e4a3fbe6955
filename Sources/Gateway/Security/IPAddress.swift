import Glibc
package import NIOCore

/// An address of IPv4 or IPv6. One of IPv4 that is written as IPv6 (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2) is that of IPv4.
package struct IPAddress: Sendable, Hashable {
  /// As in IPv6, the first byte highest; of IPv4 the mapped form.
  let high: UInt64
  let low: UInt64

  private static let mappedPrefix: UInt64 = 0xFFFF

  init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// `0.0.0.0`, which begins as all of IPv4 does.
  static let mapped = IPAddress(high: 0, low: mappedPrefix << 32)

  var isIPv4: Bool { high == 0 && low >> 32 == Self.mappedPrefix }

  /// Nil for what is no address, such as a path.
  package init?(_ address: SocketAddress?) {
    switch address {
    // Behind family and port (`sockaddr_in`); behind the flow's label too (`sockaddr_in6`).
    case .v4(let address): self = withUnsafeBytes(of: address.address) { IPAddress(ipv4: $0, at: 4) }
    case .v6(let address): self = withUnsafeBytes(of: address.address) { IPAddress(ipv6: $0, at: 8) }
    case .unixDomainSocket, nil: return nil
    }
  }

  /// As `inet_pton` reads it: four decimal numbers without leading zeros, or IPv6 without a zone. Anything else is nil.
  package init?(_ text: some StringProtocol) {
    // The longest there is; also keeps a zero byte's C string from being all that is looked at.
    guard (2...45).contains(text.utf8.count), !text.utf8.contains(0) else { return nil }
    let text = String(text)
    let isIPv6 = text.utf8.contains(UInt8(ascii: ":"))
    let address = withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { bytes -> IPAddress? in
      guard inet_pton(isIPv6 ? AF_INET6 : AF_INET, text, bytes.baseAddress) == 1 else { return nil }
      let bytes = UnsafeRawBufferPointer(bytes)
      return isIPv6 ? IPAddress(ipv6: bytes, at: 0) : IPAddress(ipv4: bytes, at: 0)
    }
    guard let address else { return nil }
    self = address
  }

  private init(ipv4 bytes: UnsafeRawBufferPointer, at offset: Int) {
    let word = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    self.init(high: 0, low: Self.mappedPrefix << 32 | UInt64(word))
  }

  private init(ipv6 bytes: UnsafeRawBufferPointer, at offset: Int) {
    let word = { UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + $0, as: UInt64.self)) }
    self.init(high: word(0), low: word(8))
  }

  /// One for all addresses of one customer: itself, or the first of the /64.
  var network: IPAddress { isIPv4 ? self : IPAddress(high: high, low: 0) }

  /// What one customer is: the address of IPv4 in 4 bytes, of IPv6 the /64 in 8 (RFC 6177: nobody is given less).
  var customer: [UInt8] {
    let (word, count) = isIPv4 ? (low << 32, 4) : (high, 8)
    return (0..<count).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
  }
}
