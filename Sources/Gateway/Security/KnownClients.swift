import RateLimiting
import Synchronization

/// What clients that were here lately are counted by: the digest in a key takes longer than all else that a decision does.
///
/// A client has one place, which the next that falls there takes: memory is bounded, and whoever is forgotten costs his digest again.
final class KnownClients: Sendable {
  private struct Entry {
    let client: IPAddress
    let claims: [RateLimitClaim]
  }

  private let entries: Mutex<[Entry?]>
  /// Drawn once: which clients share a place is not for strangers to choose.
  private let seed = UInt64.random(in: 0 ... .max) | 1
  private let shift: UInt64

  /// - Parameter bits: there are 2 to the power of it places.
  init(bits: Int = 12) {
    entries = Mutex(Array(repeating: nil, count: 1 << bits))
    shift = UInt64(64 - bits)
  }

  /// - Parameters:
  ///   - client: one customer's, see ``IPAddress/network``.
  ///   - make: what it is counted by; always the same.
  func claims(of client: IPAddress, _ make: () -> [RateLimitClaim]) -> [RateLimitClaim] {
    let place = Int(((client.high &* seed ^ client.low) &* seed) >> shift)
    if let known = entries.withLock({ $0[place] }), known.client == client { return known.claims }
    let claims = make()
    entries.withLock { $0[place] = Entry(client: client, claims: claims) }
    return claims
  }
}
