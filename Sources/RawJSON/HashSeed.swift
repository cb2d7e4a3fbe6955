/// Hashes bytes by multiplying words with secrets, as wyhash does. The secrets are drawn when the process starts: names and ids come from
/// strangers, who must not be able to choose them so that they collide.
package struct HashSeed: Sendable {
  private let state: UInt64
  private let factor: UInt64

  /// The one of this process.
  package static let ofProcess = HashSeed(state: .random(in: 0 ... .max), factor: .random(in: 0 ... .max))

  /// - Parameter factor: made odd, so that multiplying loses nothing.
  package init(state: UInt64, factor: UInt64) {
    self.state = state
    self.factor = factor | 1
  }

  package func hash(_ number: Int64) -> UInt64 {
    mix(state ^ UInt64(bitPattern: number))
  }

  package func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash = mix(state ^ UInt64(truncatingIfNeeded: bytes.count))
    var place = 0
    while place &+ 8 <= bytes.count {
      hash = mix(hash ^ bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      place &+= 8
    }
    return place == bytes.count ? hash : mix(hash ^ Self.tail(bytes, from: place))
  }

  /// The last 1 … 7 bytes as a number.
  private static func tail(_ bytes: UnsafeRawBufferPointer, from place: Int) -> UInt64 {
    // A longer text has eight bytes at its end; those that were hashed already do no harm.
    if bytes.count >= 8 { return bytes.loadUnaligned(fromByteOffset: bytes.count &- 8, as: UInt64.self) }
    var word: UInt64 = 0
    for place in place..<bytes.count { word = word << 8 | UInt64(bytes[place]) }
    return word
  }

  /// Both halves of the 128-bit product: every bit of the word reaches every bit of the hash.
  @inline(__always)
  private func mix(_ word: UInt64) -> UInt64 {
    let product = word.multipliedFullWidth(by: factor)
    return product.high ^ product.low
  }
}
