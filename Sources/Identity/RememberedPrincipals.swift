import NIOCore
import Resilience

/// Who was proved a moment ago, by the digest of what proved it. Bounded in time and in number, the oldest out first; of what was
/// refused nothing is kept.
struct RememberedPrincipals {
  private struct Entry {
    let principal: Principal
    let key: CredentialDigest?
    let since: Timestamp
    let until: Timestamp
    let number: UInt64
  }

  private var entries: [CredentialDigest: Entry] = [:]
  /// In the order in which they came. Those that came again are in it twice; the number tells which is meant.
  private var order = CircularBuffer<(digest: CredentialDigest, number: UInt64)>()
  private var number: UInt64 = 0
  private let lifetime: Int64
  private let limit: Int

  /// - Parameters:
  ///   - lifetime: after so long it is to be proved again.
  ///   - limit: so many at most.
  init(lifetime: Duration, limit: Int) {
    self.lifetime = lifetime.wholeMilliseconds
    self.limit = limit
  }

  var count: Int { entries.count }

  /// Also nil at a time before it was proved: a clock that was set back does not make it good for longer.
  func principal(_ digest: CredentialDigest, at now: Timestamp) -> Principal? {
    guard let entry = entries[digest], entry.since <= now, now < entry.until else { return nil }
    return entry.principal
  }

  /// - Parameter key: the fingerprint of the key that proved it.
  mutating func insert(_ principal: Principal, key: CredentialDigest? = nil, at now: Timestamp) {
    let end = Timestamp(milliseconds: now.milliseconds + lifetime)
    let until = min(end, principal.expires ?? end)
    guard now < until else { return }
    while let oldest = order.first, order.count >= limit || isOver(oldest, at: now) { removeOldest() }
    number += 1
    entries[principal.digest] = Entry(principal: principal, key: key, since: now, until: until, number: number)
    order.append((principal.digest, number))
  }

  /// Forgets what was proved by other keys than these.
  mutating func keep(provedBy keys: Set<CredentialDigest>) {
    entries = entries.filter { entry in entry.value.key.map(keys.contains) ?? false }
  }

  mutating func forgetAll() {
    entries = [:]
    order = CircularBuffer()
  }

  private func isOver(_ place: (digest: CredentialDigest, number: UInt64), at now: Timestamp) -> Bool {
    guard let entry = entries[place.digest], entry.number == place.number else { return true }
    return entry.until <= now
  }

  private mutating func removeOldest() {
    let place = order.removeFirst()
    if entries[place.digest]?.number == place.number { entries[place.digest] = nil }
  }
}
