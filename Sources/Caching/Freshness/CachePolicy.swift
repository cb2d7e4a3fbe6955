import Resilience

/// How long a section may be used, by configuration. The defaults are the design's.
///
/// ```
/// fetched        ttl                     + stale_while_revalidate                       + stale_if_error
///    |── fresh ───|── used and refreshed behind ──|── used when the upstream fails ────────|  gone
///                 '── both stale windows begin where freshness ends (RFC 5861 §3, §4) ──
/// ```
package struct CachePolicy: Sendable, Equatable {
  package enum Scope: Sendable, Equatable {
    /// One copy for everybody.
    case `public`
    /// A copy for each principal.
    case principal
  }

  package var isEnabled: Bool
  package var scope: Scope
  /// How long an answer is fresh.
  package var ttl: Duration
  /// After `ttl`: how long it is given out while another is fetched behind it (RFC 5861 §3).
  package var staleWhileRevalidate: Duration
  /// After `ttl`: how long it stands in when the upstream fails (RFC 5861 §4).
  package var staleIfError: Duration
  /// How long a failure is remembered.
  package var negativeTTL: Duration
  /// How far `ttl` is stretched or shrunk by chance, as a part of it: 0.1 is ±10 %. What was stored together does not expire together.
  package var jitter: Double

  package init(
    isEnabled: Bool = true, scope: Scope = .public, ttl: Duration = .seconds(30), staleWhileRevalidate: Duration = .seconds(60),
    staleIfError: Duration = .seconds(600), negativeTTL: Duration = .seconds(1), jitter: Double = 0.1
  ) {
    self.isEnabled = isEnabled
    self.scope = scope
    self.ttl = ttl
    self.staleWhileRevalidate = staleWhileRevalidate
    self.staleIfError = staleIfError
    self.negativeTTL = negativeTTL
    self.jitter = jitter
  }

  /// What to multiply `ttl` with: 1 − jitter for a chance of 0, 1 + jitter for 1.
  func stretch(chance: Double) -> Double {
    let jitter = jitter.isFinite ? min(max(jitter, 0), 1) : 0
    let chance = chance.isFinite ? min(max(chance, 0), 1) : 0.5
    return 1 + jitter * (2 * chance - 1)
  }

  /// The lifetimes when the upstream says nothing about them.
  ///
  /// - Parameter chance: an even draw from 0 to 1; the caller brings the randomness.
  package func lifetimes(chance: Double) -> Lifetimes {
    Lifetimes(
      fresh: Int64(Double(ttl.clampedMilliseconds) * stretch(chance: chance)),
      staleWhileRevalidate: staleWhileRevalidate.clampedMilliseconds, staleIfError: staleIfError.clampedMilliseconds)
  }

  /// The lifetimes of a remembered failure, which is never used stale.
  package func negativeLifetimes(chance: Double) -> Lifetimes {
    Lifetimes(
      fresh: Int64(Double(negativeTTL.clampedMilliseconds) * stretch(chance: chance)), staleWhileRevalidate: 0, staleIfError: 0)
  }
}

extension Duration {
  /// Whole milliseconds from 0 to `Lifetimes.longest`.
  var clampedMilliseconds: Int64 { min(max(clampedNanoseconds / 1_000_000, 0), Lifetimes.longest) }
}
