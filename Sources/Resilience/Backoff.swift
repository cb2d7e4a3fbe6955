/// Exponential backoff with full jitter: the pause before try `n` is drawn evenly from zero to `base × 2ⁿ⁻²`, at most `maximum`.
///
/// With a base of 100 ms and a maximum of 2 s the pauses lie within:
///
/// | before try | 2 | 3 | 4 | 5 | 6 | 7 |
/// |---|---|---|---|---|---|---|
/// | at most | 100 ms | 200 ms | 400 ms | 800 ms | 1.6 s | 2 s |
///
/// Full jitter spreads the callers of one failure over the whole interval, so that they do not come back together.
package struct Backoff: Sendable, Equatable {
  package var base: Duration
  package var maximum: Duration

  package init(base: Duration, maximum: Duration) {
    self.base = base
    self.maximum = maximum
  }

  /// The pause before try number `attempt` (2 is the first retry).
  ///
  /// - Parameter chance: an even draw from 0 to 1; the caller brings the randomness.
  package func delay(beforeAttempt attempt: Int, chance: Double) -> Duration {
    let doublings = min(max(attempt, 2) - 2, 30)
    let ceiling = min(base * (1 << doublings), maximum)
    return ceiling * min(max(chance, 0), 1)
  }
}
