package import NIOCore
package import Resilience
import Synchronization

/// Limits of this process, for all its loops together.
///
/// One lock over one table (``TATTable``): it is held for a few tenths of a microsecond, and what several policies decide is one step under
/// it. Memory is 20 bytes a key, for as many keys as are promised and no more. A flood from more addresses than that makes it forget those
/// who owe least, who then have their burst again; each of those addresses is limited all the same while it is remembered.
package final class LocalLimiter: RateLimiter {
  private let table: Mutex<TATTable>
  private let now: @Sendable () -> Instant

  /// - Parameter keys: how many are remembered.
  package init(keys: Int = 1_000_000, now: @escaping @Sendable () -> Instant = { .now() }) {
    table = Mutex(TATTable(keys: keys))
    self.now = now
  }

  package func refusal(of claims: [RateLimitClaim]) -> RateLimitDecision? {
    guard !claims.isEmpty else { return nil }
    let now = now()
    return table.withLock { table in
      func debt(_ claim: RateLimitClaim) -> Int64 { claim.policy.rule.debt(until: table.tat(of: claim.key), at: now) }
      if claims.allSatisfy({ $0.policy.rule.allows(debt: debt($0)) }) { return nil }
      return RateLimitDecision(claims, debts: claims.map(debt), isAllowed: false)
    }
  }

  package func takeAtOnce(_ claims: [RateLimitClaim]) -> RateLimitDecision? { take(claims) }

  package func take(_ claims: [RateLimitClaim], on eventLoop: any EventLoop) async -> RateLimitDecision { take(claims) }

  /// - Parameter replicas: how many processes share the limits and cannot ask each other.
  func take(_ claims: [RateLimitClaim], replicas: Int = 1) -> RateLimitDecision {
    let now = now()
    let claims = replicas > 1 ? claims.map { $0.shared(by: replicas) } : claims
    return table.withLock { table in
      var debts: [Int64] = []
      debts.reserveCapacity(claims.count)
      var isAllowed = true
      for claim in claims {
        let debt = claim.policy.rule.debt(until: table.tat(of: claim.key), at: now)
        debts.append(debt)
        isAllowed = isAllowed && claim.policy.rule.allows(debt: debt)
      }
      if isAllowed {
        for (index, claim) in claims.enumerated() {
          debts[index] += claim.policy.rule.interval
          table.keep(now.advanced(byNanoseconds: debts[index]), of: claim.key, at: now)
        }
      }
      return RateLimitDecision(claims, debts: debts, isAllowed: isAllowed)
    }
  }

  /// Keeps what somebody who counts for all has said at `moment`: what is owed, and so who is refused for sure until when. Replies to
  /// several loops come in any order: an older one takes nothing back.
  func learn(_ claims: [RateLimitClaim], debts: [Int64], at moment: Instant) {
    table.withLock { table in
      for (claim, debt) in zip(claims, debts) {
        let tat = moment.advanced(byNanoseconds: debt)
        if let known = table.tat(of: claim.key), known >= tat { continue }
        table.keep(tat, of: claim.key, at: moment)
      }
    }
  }
}

extension RateLimitClaim {
  /// Measured in time a share has as much room as the whole, so that what is owed to the whole is owed to the share.
  fileprivate func shared(by replicas: Int) -> RateLimitClaim {
    let share = RateLimitPolicy(
      name: policy.name, subject: policy.subject, routes: policy.routes, rule: policy.rule.share(of: replicas))
    return RateLimitClaim(policy: share, key: key)
  }
}

extension GCRA {
  fileprivate func debt(until tat: Instant?, at now: Instant) -> Int64 { tat.map { debt(until: $0, at: now) } ?? 0 }
}

extension RateLimitDecision {
  /// - Parameter debts: nanoseconds, after the request was counted, if it was.
  init(_ claims: [RateLimitClaim], debts: [Int64], isAllowed: Bool) {
    self.init(
      zip(claims, debts).map { claim, debt in
        Standing(
          policy: claim.policy, standing: claim.policy.rule.standing(debt: debt),
          isRefusing: !isAllowed && !claim.policy.rule.allows(debt: debt))
      })
  }
}
