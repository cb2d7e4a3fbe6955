import Resilience
import Settings

extension UpstreamPolicies {
  /// `retry`, `circuit_breaker`, `concurrency` and `hedge`: at the top for all upstreams, under `upstreams.<name>` for one.
  init(reading settings: SettingsReader, default base: UpstreamPolicies) {
    self = base
    retry = RetryPolicy(reading: settings.scope("retry"), default: base.retry)
    retryBudget = RetryBudget.Configuration(reading: settings.scope("retry"), default: base.retryBudget)
    breaker = CircuitBreaker.Configuration(reading: settings.scope("circuit_breaker"), default: base.breaker)
    concurrency = ConcurrencyPolicy(reading: settings.scope("concurrency"), default: base.concurrency)
    isHedged = settings.scope("hedge").flag("enabled", default: base.isHedged)
    hedge = HedgePolicy.Configuration(reading: settings.scope("hedge"), default: base.hedge)
  }
}

extension RetryPolicy {
  fileprivate init(reading settings: SettingsReader, default base: RetryPolicy) {
    self.init(
      attempts: settings.integer("attempts", default: base.attempts, in: 1...10),
      backoff: Backoff(
        base: settings.duration("backoff", default: base.backoff.base, in: .milliseconds(1) ... .seconds(60)),
        maximum: settings.duration("max_backoff", default: base.backoff.maximum, in: .milliseconds(1) ... .seconds(300))))
  }
}

extension RetryBudget.Configuration {
  fileprivate init(reading settings: SettingsReader, default base: Self) {
    self.init(
      ratio: settings.number("budget", default: base.ratio, in: 0...10),
      floorPerSecond: settings.number("budget_floor", default: base.floorPerSecond, in: 0...100_000),
      window: settings.duration("budget_window", default: base.window, in: .seconds(1) ... .seconds(300)))
  }
}

extension CircuitBreaker.Configuration {
  fileprivate init(reading settings: SettingsReader, default base: Self) {
    self = base
    window = settings.duration("window", default: base.window, in: .seconds(1) ... .seconds(300))
    failureRatio = settings.number("failure_ratio", default: base.failureRatio, in: 0.01...1)
    minimumCalls = settings.integer("minimum_calls", default: base.minimumCalls, in: 1...100_000)
    consecutiveFailures = settings.integer("consecutive_failures", default: base.consecutiveFailures, in: 1...100_000)
    openFor = settings.duration("open", default: base.openFor, in: .milliseconds(100) ... .seconds(300))
    jitter = settings.number("jitter", default: base.jitter, in: 0...1)
    probes = settings.integer("probes", default: base.probes, in: 1...1000)
  }
}

extension ConcurrencyPolicy {
  fileprivate init(reading settings: SettingsReader, default base: Self) {
    maximum = settings.integer("maximum", default: base.maximum, in: 1...100_000)
    queue = settings.integer("queue", default: base.queue, in: 0...100_000)
    isAdaptive = settings.flag("adaptive", default: base.isAdaptive)
    gradient = base.gradient
    gradient.initial = settings.integer("initial", default: base.gradient.initial, in: 1...100_000)
    gradient.minimum = settings.integer("minimum", default: base.gradient.minimum, in: 1...100_000)
  }
}

extension HedgePolicy.Configuration {
  fileprivate init(reading settings: SettingsReader, default base: Self) {
    self = base
    quantile = settings.number("quantile", default: base.quantile, in: 0.5...0.999)
    ratio = settings.number("ratio", default: base.ratio, in: 0...0.5)
  }
}
