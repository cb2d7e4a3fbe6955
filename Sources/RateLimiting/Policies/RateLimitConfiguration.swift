import Resilience
package import Settings

/// `rate_limits`: a policy for each name under it. None: nothing is limited.
package struct RateLimitConfiguration: Sendable, Equatable {
  package var policies: [RateLimitPolicy] = []

  /// Each costs a key in Redis, and a look, for every request that it applies to.
  package static let maxPolicies = 32
  private static let longest = Duration.seconds(30 * 24 * 3600)

  package init() {}

  /// - Parameter routes: the paths that a policy may name.
  package init(reading settings: SettingsReader, routes: [String]) {
    let names = settings.names(under: "rate_limits")
    policies = names.map { RateLimitPolicy(name: $0, reading: settings.scope("rate_limits", $0), routes: routes) }
    if names.count > Self.maxPolicies {
      settings.problem("rate_limits", found: "\(names.count) policies", allowed: "at most \(Self.maxPolicies)")
    }
  }

  fileprivate static func check(_ rule: GCRA, _ settings: SettingsReader) {
    guard rule.room > longest.clampedNanoseconds else { return }
    settings.problem(
      "burst", found: "a limit and a burst that take \(rule.room.wholeSeconds) s to be there again", allowed: "30 days at most")
  }
}

extension RateLimitPolicy {
  /// What `routes` has for all of them.
  private static let everywhere = "all"

  /// - Parameter settings: the scope `rate_limits.<name>`.
  fileprivate init(name: String, reading settings: SettingsReader, routes known: [String]) {
    let subject = settings.choice("by", default: Subject.address)
    let routes = settings.strings(
      "routes", default: [Self.everywhere], each: ([Self.everywhere] + known).joined(separator: ", "),
      where: { $0 == Self.everywhere || known.contains($0) })
    if routes.isEmpty { settings.problem("routes", found: "none", allowed: "at least one, or \(Self.everywhere)") }
    let limit = settings.integer("limit", default: 100, in: 1...1_000_000)
    let period = settings.duration("per", default: .seconds(60), in: .seconds(1) ... .seconds(24 * 3600))
    let burst = settings.integer("burst", default: 0, in: 0...1_000_000)
    let rule = GCRA(limit: limit, per: period, burst: burst)
    RateLimitConfiguration.check(rule, settings)
    self.init(name: name, subject: subject, routes: routes.contains(Self.everywhere) ? nil : Set(routes), rule: rule)
  }
}
