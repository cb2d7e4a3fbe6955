import HTTPTypes
import Identity
import Metrics
package import RateLimiting

/// Where requests are counted, and under which keys. Outlives configurations.
package struct Limiting: Sendable {
  let limiter: any RateLimiter
  let keys: RateLimitKeyMaker

  package init(limiter: any RateLimiter, keys: RateLimitKeyMaker) {
    self.limiter = limiter
    self.keys = keys
  }
}

/// What limits the requests of one configuration, and who is counted.
struct RequestLimits: Sendable {
  let limiter: any RateLimiter
  private let byAddress: [RateLimitPolicy]
  private let byPrincipal: [RateLimitPolicy]
  private let keys: RateLimitKeyMaker
  private let addresses: ClientAddress
  private let refusals: [String: Counter]

  /// Nil where nothing is limited.
  init?(_ policies: [RateLimitPolicy], by limiting: Limiting?, addresses: ClientAddress) {
    guard let limiting, !policies.isEmpty else { return nil }
    limiter = limiting.limiter
    keys = limiting.keys
    self.addresses = addresses
    var refusals: [String: Counter] = [:]
    for policy in policies {
      refusals[policy.name] = Counter(label: "tributary_rate_limit_refusals_total", dimensions: [("policy", policy.name)])
    }
    self.refusals = refusals
    byAddress = policies.filter { $0.subject == .address }
    byPrincipal = policies.filter { $0.subject != .address }
  }

  /// Counts, for the metrics, that a request was turned away.
  func refused(_ decision: RateLimitDecision) {
    for standing in decision.standings where standing.isRefusing { refusals[standing.policy.name]?.increment() }
  }

  /// Of the policies that count addresses. Those whose connection has none are one client.
  func addressClaims(_ path: some StringProtocol, from peer: IPAddress?, _ fields: HTTPFields) -> [RateLimitClaim] {
    guard !byAddress.isEmpty else { return [] }
    let customer = addresses.client(of: peer, fields)?.customer ?? []
    return claims(byAddress, path) { _ in customer }
  }

  /// Of the policies that count principals: by what they are, so that a new token is no new quota.
  func principalClaims(_ path: some StringProtocol, _ principal: Principal?) -> [RateLimitClaim] {
    guard let principal, !byPrincipal.isEmpty else { return [] }
    let identity = [principal.proof.number] + Array(principal.subject.utf8)
    return claims(byPrincipal, path) { $0.subject == .principal || principal.proof == .apiKey ? identity : nil }
  }

  private func claims(
    _ policies: [RateLimitPolicy], _ path: some StringProtocol, _ identity: (RateLimitPolicy) -> [UInt8]?
  ) -> [RateLimitClaim] {
    policies.compactMap { policy in
      guard policy.applies(to: path), let identity = identity(policy) else { return nil }
      return RateLimitClaim(policy: policy, key: keys.key(policy, identity))
    }
  }
}

extension Principal.Proof {
  /// What is proved in one way is not what is proved in another, though both have one name.
  fileprivate var number: UInt8 {
    switch self {
    case .token: 0
    case .apiKey: 1
    case .trustedProxy: 2
    }
  }
}
