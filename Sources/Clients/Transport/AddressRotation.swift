import NIOCore

/// In which order the addresses of an upstream are tried: another first one for each connection. A value.
///
/// The family that the resolver put first stays first (RFC 6724), the two alternate (RFC 8305 §4), and each is rotated for
/// itself: the load of an upstream spreads over its addresses. An address that failed, or was overtaken by another, comes after
/// all others for 10 seconds, so that a dead one delays one connection and not every n-th.
struct AddressRotation {
  private var turn: UInt
  private var failures: [SocketAddress: NIODeadline] = [:]

  private static let probation = TimeAmount.seconds(10)

  /// - Parameter turn: where to begin. By chance, so that not every loop and every replica begins with the same address.
  init(turn: UInt) { self.turn = turn }

  /// The order for the next connection.
  mutating func order(_ addresses: [SocketAddress], at now: NIODeadline) -> [SocketAddress] {
    failures = failures.filter { $0.value > now }
    defer { turn &+= 1 }
    return arranged(addresses.filter { failures[$0] == nil }) + arranged(addresses.filter { failures[$0] != nil })
  }

  /// An address could not be connected to, or not before another could.
  mutating func failed(_ address: SocketAddress, at now: NIODeadline) { failures[address] = now + Self.probation }

  mutating func reached(_ address: SocketAddress) { failures[address] = nil }

  private func arranged(_ addresses: [SocketAddress]) -> [SocketAddress] {
    guard let first = addresses.first else { return [] }
    let preferred = rotated(addresses.filter { $0.protocol == first.protocol })
    let other = rotated(addresses.filter { $0.protocol != first.protocol })
    return (0..<max(preferred.count, other.count)).flatMap { index in
      [preferred, other].compactMap { $0.indices.contains(index) ? $0[index] : nil }
    }
  }

  private func rotated(_ addresses: [SocketAddress]) -> [SocketAddress] {
    guard !addresses.isEmpty else { return [] }
    let start = Int(turn % UInt(addresses.count))
    return Array(addresses[start...] + addresses[..<start])
  }
}
