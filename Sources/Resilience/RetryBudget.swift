/// How many retries a client may add to the load of an upstream, as in Finagle: a share of the calls of the last `window`, and a small
/// floor per second so that a quiet client may retry too.
///
/// Held over every span of time: withdrawals ≤ `ratio` × calls (of the span and the `window` before it) + `floorPerSecond` × seconds
/// + one second's floor. With the defaults and an upstream that fails everything:
///
/// | calls per second | 1 | 50 | 100 | 1000 |
/// |---|---|---|---|---|
/// | most retries per second | 10.2 | 20 | 30 | 210 |
///
/// The floor is spent first: it is the part that does not keep.
package struct RetryBudget: Sendable {
  package struct Configuration: Sendable, Equatable {
    /// Retries for each first try; 0.2 is one for five. Negative is zero.
    package var ratio: Double
    /// Retries per second that need no calls to earn them.
    package var floorPerSecond: Double
    /// How long a call earns.
    package var window: Duration

    package init(ratio: Double = 0.2, floorPerSecond: Double = 10, window: Duration = .seconds(10)) {
      self.ratio = ratio
      self.floorPerSecond = floorPerSecond
      self.window = window
    }
  }

  private let ratio: Double
  private var floor: TokenBucket
  /// First tries, and among them ("marked") the retries that they paid for. A withdrawal is never forgotten before the calls that
  /// earned it: it lies in the same bucket or in a later one.
  private var earned: SlidingCounts

  package init(_ configuration: Configuration) {
    ratio = configuration.ratio.limited(to: 0...1e6)
    floor = TokenBucket(perSecond: configuration.floorPerSecond)
    earned = SlidingCounts(window: configuration.window)
  }

  /// First tries were made: they earn. Retries are not reported here.
  package mutating func called(_ count: Int = 1, at: Instant) { earned.add(all: count, marked: 0, at: at) }

  /// Whether one more try may be made; takes it from the budget if so.
  package mutating func withdraw(at: Instant) -> Bool {
    if floor.take(at: at) { return true }
    earned.advance(to: at)
    // The slack is for products like 0.05 × 60, which a Double puts a hair below 3.
    guard Double(earned.total.all) * ratio - Double(earned.total.marked) >= 1 - 1e-9 else { return false }
    earned.add(all: 0, marked: 1, at: at)
    return true
  }
}
