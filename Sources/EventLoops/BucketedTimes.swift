/// A histogram that takes many times at once, from somebody who has kept count of them himself.
package protocol BucketedTimes: Sendable {
  /// The longest time that is counted in the same bucket, in nanoseconds.
  func bound(of nanoseconds: Int64) -> Int64

  /// Counts so many times, all in the bucket of this one.
  ///
  /// - Parameter sum: of all, in seconds.
  func add(_ count: Int, like nanoseconds: Int64, sum: Double)
}
