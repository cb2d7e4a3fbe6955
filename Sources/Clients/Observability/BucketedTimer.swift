import EventLoops
package import Metrics

/// A timer that may be told of many times at once. Where its backend has no buckets of ours it is told of their mean, as often.
package struct BucketedTimer: Sendable {
  private let timer: Timer
  private let buckets: (any BucketedTimes)?

  package init(label: String, dimensions: [(String, String)], factory: any MetricsFactory) {
    let handler = factory.makeTimer(label: label, dimensions: dimensions)
    timer = Timer(label: label, dimensions: dimensions, handler: handler, factory: factory)
    buckets = handler as? any BucketedTimes
  }

  package func record(nanoseconds: Int64) { timer.recordNanoseconds(nanoseconds) }

  /// The longest time that is counted where this one is, in nanoseconds.
  package func bound(of nanoseconds: Int64) -> Int64 { buckets?.bound(of: nanoseconds) ?? .max }

  /// - Parameters:
  ///   - count: how many.
  ///   - nanoseconds: one of them; all are counted where this one is (``bound(of:)``).
  ///   - sum: of all, in seconds.
  package func add(_ count: Int, like nanoseconds: Int64, sum: Double) {
    guard count > 0 else { return }
    if let buckets { return buckets.add(count, like: nanoseconds, sum: sum) }
    let mean = Int64(exactly: (sum / Double(count) * 1e9).rounded()) ?? nanoseconds
    for _ in 0..<count { timer.recordNanoseconds(mean) }
  }
}
