package import NIOCore

/// One policy that applies to a request, and whom it counts.
package struct RateLimitClaim: Sendable {
  package let policy: RateLimitPolicy
  package let key: RateLimitKey

  package init(policy: RateLimitPolicy, key: RateLimitKey) {
    self.policy = policy
    self.key = key
  }
}

/// Counts requests. One that any policy refuses is counted by none.
package protocol RateLimiter: Sendable {
  /// What is known for sure without asking anybody: the refusal; nil where the request may pass. Counts nothing.
  func refusal(of claims: [RateLimitClaim]) -> RateLimitDecision?

  /// As ``take(_:on:)``, at once; nil where others have to be asked, and nothing is counted.
  func takeAtOnce(_ claims: [RateLimitClaim]) -> RateLimitDecision?

  /// Counts a request, if it passes. Stays on `eventLoop`, on which it must be called. Always has an answer.
  ///
  /// - Parameter claims: no policy twice.
  func take(_ claims: [RateLimitClaim], on eventLoop: any EventLoop) async -> RateLimitDecision
}
