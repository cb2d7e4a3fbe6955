import Synchronization

/// Numbers that look random and never come twice in a process: a counter scattered by a seed that was drawn once, because asking the
/// kernel for each costs a system call. Unique, not secret.
enum ScatteredBits {
  private static let seed = UInt64.random(in: .min ... .max)
  private static let counter = Atomic<UInt64>(0)

  static func next() -> UInt64 {
    let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
    // The finaliser of SplitMix64 (Steele, Lea, Flood 2014): one to one, every bit depends on every bit.
    var bits = seed &+ number &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
