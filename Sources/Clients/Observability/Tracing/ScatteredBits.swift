import EventLoops

/// Numbers that look random and never come twice in a process: counters scattered by seeds that were drawn once, because asking the
/// kernel for each costs a system call. Unique, not secret.
package enum ScatteredBits {
  private static let seed = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
  private static let numbers = StripedNumbers()

  package static func next() -> UInt64 { scattered(seed.0 &+ numbers.next() &* 0x9E37_79B9_7F4A_7C15) }

  /// 128 bits, of two seeds: those of many processes do not meet either.
  package static func pair() -> (UInt64, UInt64) {
    let number = numbers.next()
    return (scattered(seed.0 &+ number &* 0x9E37_79B9_7F4A_7C15), scattered(seed.1 &+ number &* 0xD134_2543_DE82_EF95))
  }

  /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): one to one, every bit depends on every bit.
  private static func scattered(_ value: UInt64) -> UInt64 {
    var bits = value
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
