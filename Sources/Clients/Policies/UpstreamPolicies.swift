package import Resilience

/// How calls to one upstream are retried, cut off, limited and hedged.
package struct UpstreamPolicies: Sendable, Equatable {
  package var retry = RetryPolicy(attempts: 3, backoff: Backoff(base: .milliseconds(100), maximum: .seconds(2)))
  package var retryBudget = RetryBudget.Configuration()
  package var breaker = CircuitBreaker.Configuration()
  package var concurrency = ConcurrencyPolicy()
  package var isHedged = false
  /// How, where it is.
  package var hedge = HedgePolicy.Configuration()

  package init() {}
}

/// How many tries may be under way at an upstream, over all loops of the process.
package struct ConcurrencyPolicy: Sendable, Equatable {
  /// Tries under way at most; with `adaptive` the most that it may come to.
  package var maximum = 256
  /// Calls that may wait for a place, inside their deadlines; those beyond are refused.
  package var queue = 256
  /// Whether the limit follows what the upstream's latency shows it can take, up to the maximum. Else the maximum stands as it is.
  package var isAdaptive = false
  /// How, where it does.
  package var gradient = GradientLimit.Configuration()

  package init() {}
}
