import Resilience
import Testing
import TestSupport

@Suite struct LatencyQuantileTests {
  @Test func nothingIsSaidOnTooLittle() {
    var latency = LatencyQuantile()
    for _ in 0..<99 { latency.record(5_000_000) }
    #expect(latency.estimate() == nil)
    latency.record(5_000_000)
    #expect(latency.estimate() != nil)
  }

  @Test(arguments: [1_000, 1_024, 1_500, 9_999, 123_456, 7_000_000, 33_333_333, 10_000_000_000, 900_000_000_000])
  func aSingleValueIsFoundWithinATenth(nanoseconds: Int64) throws {
    var latency = LatencyQuantile(minimumSamples: 1)
    latency.record(nanoseconds)
    let estimate = try #require(latency.estimate())
    #expect(abs(Double(estimate) / Double(nanoseconds) - 1) <= 0.1)
  }

  /// Against the sorted samples, for several shapes of distribution.
  @Test(arguments: 0..<40) func theEstimateIsWithinATenthOfTheSampleOfThatRank(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let quantile = [0.5, 0.9, 0.95, 0.99][random.draw(0..<4)]
    var latency = LatencyQuantile(quantile: quantile, memory: 10_000)
    let scale = Double(random.draw(5_000..<50_000_000))
    let samples = (0..<random.draw(100..<5000)).map { _ in
      switch seed % 3 {
      case 0: Int64(scale * (1 + random.chance()))
      case 1: Int64(scale * pow4(1 + 3 * random.chance()))
      default: Int64(random.isTrue(0.2) ? scale * 40 : scale)
      }
    }
    for sample in samples { latency.record(sample) }
    let rank = max(Int((Double(samples.count) * quantile).rounded(.up)), 1)
    let exact = samples.sorted()[rank - 1]
    let estimate = try #require(latency.estimate())
    #expect(abs(Double(estimate) / Double(exact) - 1) <= 0.1)
  }

  private func pow4(_ value: Double) -> Double { value * value * value * value }

  @Test func whatIsLongPastIsForgotten() throws {
    var latency = LatencyQuantile(memory: 500)
    for _ in 0..<50_000 { latency.record(2_000_000) }
    for _ in 0..<3000 { latency.record(80_000_000) }
    #expect(try #require(latency.estimate()) > 70_000_000)
    for _ in 0..<3000 { latency.record(2_000_000) }
    #expect(try #require(latency.estimate()) < 2_200_000)
  }

  @Test func afterMillionsOfSamplesItStillFollows() throws {
    var latency = LatencyQuantile(quantile: 0.5, memory: 10)
    for count in 0..<200_000 { latency.record(Int64(1_000_000 + count % 1000)) }
    #expect(abs(Double(try #require(latency.estimate())) / 1_000_000 - 1) < 0.1)
  }

  @Test(arguments: 0..<100) func oddNumbersDoNotTrap(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var latency = LatencyQuantile(
      quantile: random.oddDouble(), minimumSamples: random.oddCount(), memory: random.oddCount())
    for _ in 0..<1000 {
      latency.record(random.isTrue(0.5) ? Int64(truncatingIfNeeded: random.next()) : random.oddDuration().clampedNanoseconds)
      if let estimate = latency.estimate() { #expect(estimate > 0) }
    }
  }
}
