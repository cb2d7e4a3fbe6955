/// A block of addresses in CIDR notation (RFC 4632, RFC 4291 §2.3): `10.0.0.0/8`, `2001:db8::/32`, or one address.
package struct AddressRange: Sendable, Hashable {
  private let base: IPAddress
  /// Leading bits that count, of 128.
  private let bits: Int

  /// Nil for anything else, also for a block with bits set behind its prefix (`10.0.0.1/8` is not what somebody meant), and for one that
  /// is greater than any private network (a /8 of IPv4, a /7 of IPv6): whom it trusts could be anybody.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let base = IPAddress(parts[0]) else { return nil }
    let width = parts[0].utf8.contains(UInt8(ascii: ":")) ? 128 : 32
    var length = width
    if parts.count == 2 {
      guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (48...57).contains($0) }),
        let number = Int(parts[1]), ((width == 32 ? 8 : 7)...width).contains(number)
      else { return nil }
      length = number
    }
    self.init(base: base, bits: 128 - width + length)
    guard masked(base) == base, bits >= Self.leastMappedBits || !contains(IPAddress.mapped) else { return nil }
  }

  /// A /8 of IPv4, written as IPv6.
  private static let leastMappedBits = 96 + 8

  private init(base: IPAddress, bits: Int) {
    self.base = base
    self.bits = bits
  }

  package func contains(_ address: IPAddress) -> Bool { masked(address) == base }

  private func masked(_ address: IPAddress) -> IPAddress {
    IPAddress(high: address.high & Self.mask(bits), low: address.low & Self.mask(bits - 64))
  }

  /// The leading `bits` of a word.
  private static func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits)) }

  static let allowed = "an address, or a range such as 10.0.0.0/8 or 2001:db8::/32 without bits behind its prefix"
}
