import Glibc
import TestSupport

/// Requests for keys 0 ..< `population`, the key of rank k with a weight of 1/k^alpha.
struct ZipfTrace {
  private let cumulated: [Double]
  private var random: SeededGenerator

  init(population: Int, alpha: Double, seed: UInt64) {
    var sum = 0.0
    cumulated = (1...population).map { rank in
      sum += pow(Double(rank), -alpha)
      return sum
    }
    random = SeededGenerator(seed: seed)
  }

  mutating func next() -> Int {
    let point = Double.random(in: 0..<cumulated[cumulated.count - 1], using: &random)
    var (low, high) = (0, cumulated.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulated[middle] > point { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
