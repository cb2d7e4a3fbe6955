/// When a second try is worth making although the first has not failed: when the first takes longer than most do ("The Tail at
/// Scale", Dean and Barroso, 2013), and only for a small share of the calls.
///
/// The share is a retry budget without a floor: an upstream with less than `1 / ratio` calls in ten seconds (two a second with the
/// default) is not hedged.
package struct HedgePolicy: Sendable {
  package struct Configuration: Sendable, Equatable {
    /// The second try begins when this share of the calls would have been answered.
    package var quantile: Double
    /// Second tries for each call, at most.
    package var ratio: Double
    /// No second try before this, however fast the upstream is.
    package var minimumDelay: Duration
    /// Latencies known before anything is hedged.
    package var minimumSamples: Int

    package init(
      quantile: Double = 0.95, ratio: Double = 0.05, minimumDelay: Duration = .milliseconds(1), minimumSamples: Int = 100
    ) {
      self.quantile = quantile
      self.ratio = ratio
      self.minimumDelay = minimumDelay
      self.minimumSamples = minimumSamples
    }
  }

  private let minimumDelay: Duration
  private var latency: LatencyQuantile
  private var budget: RetryBudget

  package init(_ configuration: Configuration) {
    minimumDelay = max(configuration.minimumDelay, .zero)
    latency = LatencyQuantile(quantile: configuration.quantile, minimumSamples: configuration.minimumSamples)
    budget = RetryBudget(RetryBudget.Configuration(ratio: configuration.ratio, floorPerSecond: 0, window: .seconds(10)))
  }

  /// A first try was made: it earns. Second tries are not reported here.
  package mutating func called(at: Instant) { budget.called(at: at) }

  /// How long a try took that was answered. A first try that lost to the second should count with the time until it was given up:
  /// without it the slow ones would vanish from the record.
  package mutating func answered(after latency: Duration) { self.latency.record(latency.clampedNanoseconds) }

  /// How long to wait for the first try before a second is made; nil when it is not worth it: too little is known, or the second
  /// would begin at the deadline or after it.
  package func delay(timeLeft: Duration) -> Duration? {
    guard let estimate = latency.estimate() else { return nil }
    let delay = max(.nanoseconds(estimate), minimumDelay)
    return delay < timeLeft ? delay : nil
  }

  /// Whether a second try may be made now; takes it from the budget if so. Asked when the delay is over, not before.
  package mutating func withdraw(at: Instant) -> Bool { budget.withdraw(at: at) }
}
