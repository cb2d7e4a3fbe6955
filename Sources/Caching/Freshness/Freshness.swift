package import Resilience

/// When something was fetched and how long it may be used: all there is to know about its age.
package struct Freshness: Sendable, Hashable {
  /// When the fetch *began*: the upstream may have read its data at once, and a purge during the fetch must count.
  package let fetchedAt: Timestamp
  package let lifetimes: Lifetimes

  package init(fetchedAt: Timestamp, lifetimes: Lifetimes) {
    self.fetchedAt = fetchedAt
    self.lifetimes = lifetimes
  }

  package enum State: Sendable, Hashable {
    /// Use it.
    case fresh
    /// Use it, and fetch another behind it.
    case staleWhileRevalidate
    /// Fetch another; use it when that fails.
    case staleIfError
    /// Not usable; at best a validator for a conditional request.
    case expired
  }

  /// Civil clocks of replicas differ by a little. Something fetched further ahead than this, in milliseconds, has no age that one could
  /// know (the clock was set back, or the stamp is a lie) and is expired: otherwise it would be fresh until the clock caught up.
  package static let clockSkew: Int64 = 2000

  package func state(at now: Timestamp) -> State {
    guard let age = knownAge(at: now) else { return .expired }
    if age < lifetimes.fresh { return .fresh }
    let staleness = age - lifetimes.fresh
    if staleness < lifetimes.staleWhileRevalidate { return .staleWhileRevalidate }
    return staleness < lifetimes.staleIfError ? .staleIfError : .expired
  }

  /// The same for what was purged softly: it is fresh no more.
  package func stateWhenPurged(at now: Timestamp) -> State {
    let state = state(at: now)
    guard state == .fresh else { return state }
    if lifetimes.staleWhileRevalidate > 0 { return .staleWhileRevalidate }
    return lifetimes.staleIfError > 0 ? .staleIfError : .expired
  }

  /// Milliseconds since the fetch began; 0 when that is still to come.
  package func age(at now: Timestamp) -> Int64 {
    let (age, overflow) = now.milliseconds.subtractingReportingOverflow(fetchedAt.milliseconds)
    return overflow ? (now < fetchedAt ? 0 : .max) : max(age, 0)
  }

  /// Milliseconds for which it is still fresh, at most `lifetimes.fresh`; 0 once it is not.
  package func remaining(at now: Timestamp) -> Int64 {
    guard let age = knownAge(at: now) else { return 0 }
    return max(lifetimes.fresh - age, 0)
  }

  /// Milliseconds until it is expired: how long a store needs to keep it.
  package func untilExpired(at now: Timestamp) -> Int64 {
    guard let age = knownAge(at: now) else { return 0 }
    return max(lifetimes.total - age, 0)
  }

  private func knownAge(at now: Timestamp) -> Int64? {
    let (ahead, overflow) = fetchedAt.milliseconds.subtractingReportingOverflow(now.milliseconds)
    guard overflow ? fetchedAt < now : ahead <= Self.clockSkew else { return nil }
    return age(at: now)
  }
}
