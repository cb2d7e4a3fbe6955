import Glibc

/// How floating-point results are made fit for a document (contract §3).
enum Rounding {
  /// Two decimals, half to even on the binary double, as C's `printf` and Python's `round` do it: the exact value of the double is
  /// rounded, so 2.675, which is a little less than that, gives 2.67. Not finite gives 0.
  static func toCents(_ value: Double) -> Double {
    // Away from a tie the nearest number of cents is certain, and dividing it by 100 gives the double nearest to that decimal.
    let cents = value * 100
    let nearest = cents.rounded(.toNearestOrEven)
    if abs(cents) < 1e12, abs(abs(cents - nearest) - 0.5) > 1e-3 { return nearest == 0 ? 0 : nearest / 100 }
    // Above 2⁵² a double has no fraction; below, 32 bytes hold sign, 16 digits, point and two decimals.
    guard value.isFinite else { return 0 }
    guard abs(value) < 4_503_599_627_370_496 else { return value }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { text in
      guard let start = text.baseAddress else { return value }
      _ = withVaList([value]) { vsnprintf(start, text.count, "%.2f", $0) }
      let rounded = strtod(start, nil)
      return rounded == 0 ? 0 : rounded
    }
  }

  /// The value itself, or the largest finite one of its sign: a sum of huge numbers stays a JSON number.
  static func finite(_ value: Double) -> Double {
    if value.isNaN { return 0 }
    return min(max(value, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
  }
}

extension Int64 {
  /// The sum, clamped to what an Int64 holds: the numbers come from strangers.
  func addingSaturating(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }
}
