/// SplitMix64 (Steele, Lea, Flood 2014): tiny, good enough for invented data, the same on every machine.
struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// The generator of one row: rows do not depend on one another, so one can be rendered alone.
  init(seed: UInt64, stream: UInt64, row: Int) {
    var mixer = SeededRandom(seed: seed &+ stream &* 0xD134_2543_DE82_EF95)
    state = mixer.next() ^ (UInt64(truncatingIfNeeded: row) &* 0x9E37_79B9_7F4A_7C15)
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number in the range; the slight bias does not matter here. The range's own draw could change with the standard library.
  mutating func draw(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
  }

  mutating func pick(_ choices: [String]) -> String {
    choices[draw(0...(choices.count - 1))]
  }
}
