package import Caching

/// What the cache holds before the request comes.
///
/// ```
/// fetched        ttl                     + stale_while_revalidate                       + stale_if_error
///    |──── warm ──|──── revalidating ────────────|──── stale ────────────────────────────|  gone, as cold
/// ```
package enum SimulatedCache: String, Sendable, CaseIterable {
  /// Nothing.
  case cold
  /// Every section, fresh.
  case warm
  /// Every section, so old that it is given only when its upstream fails. Where `stale_if_error` does not go beyond
  /// `stale_while_revalidate`, the same as `revalidating`.
  case stale
  /// Every section, past its time, and to be given while another is fetched behind it.
  case revalidating

  /// Those of the matrix.
  package static let usual: [SimulatedCache] = [.cold, .warm, .stale]

  /// How long ago a section was fetched, in milliseconds; nil where it never was. A section without any lifetime in which it could be
  /// used is a second too old.
  package func age(under policy: CachePolicy) -> Int64? {
    let lifetimes = policy.lifetimes(chance: 0.5)
    let (fresh, revalidating, onError) = (lifetimes.fresh, lifetimes.staleWhileRevalidate, lifetimes.staleIfError)
    switch self {
    case .cold: return nil
    case .warm: return min(1000, fresh / 2)
    case .stale where onError > revalidating: return fresh + revalidating + (onError - revalidating) / 2
    case .stale, .revalidating: return revalidating > 0 ? fresh + revalidating / 2 : fresh + 1000
    }
  }
}
