/// A quantile of recent latencies, from a histogram with eight buckets to the octave from 1 µs to 18 minutes: at most 6.3 % beside the
/// sample of that rank.
///
/// Recent means the last `memory` to twice `memory` samples: whenever twice as many have come in, all weights are halved. A sample
/// costs a few instructions: the place of the quantile is kept, and moves little from one sample to the next.
package struct LatencyQuantile: Sendable {
  private let quantile: Double
  private let minimumSamples: Int
  private let memory: Int

  private var weights = [UInt32](repeating: 0, count: Self.bucketCount)
  private var totalWeight = 0
  /// The bucket that the quantile lies in, and the weight of all before it.
  private var place = 0
  private var weightBefore = 0
  /// Samples ever.
  private var samples = 0

  /// What a fresh sample weighs, so that it can be halved twelve times before it is gone.
  private static let unit: UInt32 = 1 << 12
  private static let octaves = 30
  private static let bucketCount = octaves * 8
  /// 2¹⁰ ns; shorter latencies count as this one.
  private static let lowestExponent = 10

  /// - Parameters:
  ///   - quantile: 0 to 1.
  ///   - minimumSamples: as long as fewer have come in, nothing is estimated. At least one.
  ///   - memory: samples, 10 to 100,000.
  package init(quantile: Double = 0.95, minimumSamples: Int = 100, memory: Int = 1000) {
    self.quantile = quantile.limited(to: 0...1)
    self.minimumSamples = max(minimumSamples, 1)
    self.memory = min(max(memory, 10), 100_000)
  }

  package mutating func record(_ nanoseconds: Int64) {
    let bucket = Self.bucket(of: nanoseconds)
    weights[bucket] += Self.unit
    totalWeight += Int(Self.unit)
    if bucket < place { weightBefore += Int(Self.unit) }
    samples = samples == .max ? samples : samples + 1
    if totalWeight >= 2 * memory * Int(Self.unit) { halve() }
    settle()
  }

  /// Nanoseconds; nil while too few samples have come in.
  package func estimate() -> Int64? { samples >= minimumSamples ? Self.middle(of: place) : nil }

  private mutating func halve() {
    (totalWeight, weightBefore) = (0, 0)
    for bucket in weights.indices {
      weights[bucket] >>= 1
      if bucket < place { weightBefore += Int(weights[bucket]) }
      totalWeight += Int(weights[bucket])
    }
  }

  /// Moves `place` to the first bucket with which the weight reaches the quantile.
  private mutating func settle() {
    let target = max(Int((Double(totalWeight) * quantile).rounded(.up)), 1)
    while place > 0, weightBefore >= target {
      place -= 1
      weightBefore -= Int(weights[place])
    }
    while place < Self.bucketCount - 1, weightBefore + Int(weights[place]) < target {
      weightBefore += Int(weights[place])
      place += 1
    }
  }

  /// The octave from the highest bit, the eighth of it from the three bits below.
  private static func bucket(of nanoseconds: Int64) -> Int {
    let value = max(nanoseconds, 1 << lowestExponent)
    let exponent = 63 - value.leadingZeroBitCount
    let eighth = Int(truncatingIfNeeded: value >> (exponent - 3)) & 7
    return min((exponent - lowestExponent) * 8 + eighth, bucketCount - 1)
  }

  private static func middle(of bucket: Int) -> Int64 {
    let eighth = Int64(1) << (bucket / 8 + lowestExponent - 3)
    return eighth * Int64(8 + bucket % 8) + eighth / 2
  }
}
