/// SplitMix64: the same numbers on every run.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  package mutating func draw(_ range: Range<Int>) -> Int { Int.random(in: range, using: &self) }

  package mutating func pick(_ texts: [String]) -> String { texts[draw(0..<texts.count)] }

  /// True once in `times`.
  package mutating func once(in times: Int) -> Bool { draw(0..<times) == 0 }

  /// An even draw from 0 to 1.
  package mutating func chance() -> Double { Double.random(in: 0...1, using: &self) }

  package mutating func isTrue(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &self) < probability }

  package mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}
