package import Resilience

/// Whether a request passes, and how it stands with each policy that applies to it.
package struct RateLimitDecision: Sendable, Equatable {
  package struct Standing: Sendable, Equatable {
    package let policy: RateLimitPolicy
    package let standing: GCRA.Standing
    /// Whether it is among those that refuse.
    package let isRefusing: Bool

    package init(policy: RateLimitPolicy, standing: GCRA.Standing, isRefusing: Bool) {
      self.policy = policy
      self.standing = standing
      self.isRefusing = isRefusing
    }
  }

  package let isAllowed: Bool
  /// In the order of the claims.
  package let standings: [Standing]

  package init(_ standings: [Standing]) {
    self.standings = standings
    isAllowed = !standings.contains(where: \.isRefusing)
  }

  /// The one that a client has to mind: of those that refuse the one that does so for longest, else the one with the least left.
  package var strictest: Standing? {
    standings.count == 1 ? standings[0] : standings.min { $0.isStricter(than: $1) }
  }
}

extension RateLimitDecision.Standing {
  fileprivate func isStricter(than other: Self) -> Bool {
    if isRefusing != other.isRefusing { return isRefusing }
    if isRefusing { return standing.retryAfter > other.standing.retryAfter }
    if standing.remaining != other.standing.remaining { return standing.remaining < other.standing.remaining }
    return standing.resetAfter > other.standing.resetAfter
  }
}

// MARK: As fields (draft-ietf-httpapi-ratelimit-headers)

extension RateLimitDecision {
  /// The value of `RateLimit`, of the strictest policy: `"name";r=0;t=72`, what is left and in how many seconds all is there again. Nil
  /// where no policy applies.
  package var field: String? {
    strictest.map { "\"\($0.policy.name)\";r=\($0.standing.remaining);t=\($0.standing.resetAfter.wholeSeconds)" }
  }

  /// The value of `RateLimit-Policy`, of all that apply.
  package var policyField: String {
    if standings.count == 1 { return standings[0].policy.member }
    return standings.map(\.policy.member).joined(separator: ", ")
  }

  /// Seconds for `Retry-After`: until no policy refuses any more; at least 1.
  package var retryAfterSeconds: Int64 { max(strictest?.standing.retryAfter.wholeSeconds ?? 1, 1) }
}
