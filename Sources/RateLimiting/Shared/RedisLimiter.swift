package import NIOCore
package import Redis
package import Resilience
import Synchronization

/// Limits that all replicas share, counted in Redis: one round trip for all policies that apply to a request.
///
/// What Redis says is kept in a ``LocalLimiter`` too. Who is refused there is refused without asking, for as long as is certain (a debt only
/// grows by being counted elsewhere), so that a flood costs Redis nothing. When Redis cannot be asked that one goes on from where Redis
/// was, with this replica's share: the limit divided by the replicas that lived when Redis was last heard of. Nobody is unlimited then,
/// and nobody shut out.
package final class RedisLimiter: RateLimiter {
  /// What has changed, for the log.
  package enum Event: Sendable, Equatable {
    /// Redis cannot be asked, in one of its closed list of words; this one of `replicas` takes its share.
    case away(RedisError, replicas: Int)
    /// Redis counts again.
    case back
  }

  private let client: RedisClient
  private let prefix: String
  private let local: LocalLimiter
  private let census: ReplicaCensus
  private let now: @Sendable () -> Instant
  private let tell: @Sendable (Event) -> Void
  private let isAway = Atomic(false)

  /// - Parameters:
  ///   - prefix: what all keys of this deployment begin with.
  ///   - local: takes over when Redis is away.
  ///   - tell: called when that changes, on the event loop that finds out.
  package init(
    client: RedisClient, prefix: String, local: LocalLimiter, now: @escaping @Sendable () -> Instant = { .now() },
    tell: @escaping @Sendable (Event) -> Void = { _ in }
  ) {
    self.client = client
    self.prefix = prefix
    self.local = local
    self.now = now
    self.tell = tell
    census = ReplicaCensus(client: client, prefix: prefix)
  }

  /// Takes part in the count of replicas, until ``end()``. More than once is as good as once.
  package func begin(on eventLoop: any EventLoop) { census.begin(on: eventLoop) }

  package func end() { census.end() }

  /// Processes that share the limits, as far as is known.
  package var replicas: Int { census.live }
  /// The same, where Redis has said so in the last seconds.
  package var knownReplicas: Int? { census.known() }

  package func refusal(of claims: [RateLimitClaim]) -> RateLimitDecision? { local.refusal(of: claims) }

  package func takeAtOnce(_ claims: [RateLimitClaim]) -> RateLimitDecision? { nil }

  package func take(_ claims: [RateLimitClaim], on eventLoop: any EventLoop) async -> RateLimitDecision {
    guard !claims.isEmpty else { return RateLimitDecision([]) }
    if let refusal = local.refusal(of: claims) { return refusal }
    let sent = now()
    switch Self.answer(await ask(claims, on: eventLoop), to: claims) {
    case .success(let answer):
      if isAway.load(ordering: .relaxed), isAway.exchange(false, ordering: .relaxed) { tell(.back) }
      // As of when it was asked: rather too little than too much is taken for certain.
      local.learn(claims, debts: answer.debts, at: sent)
      return RateLimitDecision(claims, debts: answer.debts, isAllowed: answer.isAllowed)
    case .failure(let error):
      let replicas = replicas
      if !isAway.exchange(true, ordering: .relaxed) { tell(.away(error, replicas: replicas)) }
      return local.take(claims, replicas: replicas)
    }
  }

  private func ask(_ claims: [RateLimitClaim], on eventLoop: any EventLoop) async -> RedisOutcome {
    let keys = claims.map { $0.key.redisKey(prefix: prefix, policy: $0.policy.name) }
    let arguments = claims.flatMap { [$0.policy.rule.interval.microsecondsText, $0.policy.rule.room.microsecondsText] }
    return await withUnsafeContinuation { continuation in
      client.run(RateLimitScripts.take, keys: keys, arguments: arguments, on: eventLoop, ifResponsive: true) {
        continuation.resume(returning: $0)
      }
    }
  }
}

// MARK: What Redis says

extension RedisLimiter {
  private struct Answer {
    let isAllowed: Bool
    /// Nanoseconds, one a claim.
    let debts: [Int64]
  }

  /// Verified: what is not an answer to this counts as none.
  private static func answer(_ outcome: RedisOutcome, to claims: [RateLimitClaim]) -> Result<Answer, RedisError> {
    switch outcome {
    case .failure(let error): return .failure(error)
    case .success(.array(let elements)):
      let numbers = elements.compactMap { if case .integer(let number) = $0 { number } else { nil } }
      guard numbers.count == elements.count, numbers.count == claims.count + 1, let verdict = numbers.first, 0...1 ~= verdict
      else { return .failure(.protocolViolation) }
      let debts = zip(claims, numbers.dropFirst()).map { claim, number in
        number >= claim.policy.rule.room / 1000 ? claim.policy.rule.room : max(number, 0) * 1000
      }
      return .success(Answer(isAllowed: verdict == 1, debts: debts))
    case .success: return .failure(.protocolViolation)
    }
  }
}

extension Int64 {
  /// Nanoseconds as microseconds, with the three decimals that they have.
  fileprivate var microsecondsText: RedisArgument {
    let fraction = String(self % 1000)
    return .text("\(self / 1000).\(String(repeating: "0", count: 3 - fraction.utf8.count))\(fraction)")
  }
}
