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
  private let known = KnownClients()
  /// Whether the policies by address are of all paths.
  private let areEverywhere: Bool

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
    areEverywhere = byAddress.allSatisfy { $0.routes == nil }
  }

  /// Whether it has to be known who sends a request before it can be counted.
  var countPrincipals: Bool { !byPrincipal.isEmpty }

  /// Counts, for the metrics, that a request was turned away.
  func refused(_ decision: RateLimitDecision) {
    for standing in decision.standings where standing.isRefusing { refusals[standing.policy.name]?.increment() }
  }

  /// Of the policies that count addresses; `path` is asked for where it matters. Those whose connection has none are one client.
  func addressClaims(_ path: @autoclosure () -> some StringProtocol, from peer: IPAddress?, _ fields: HTTPFields)
    -> [RateLimitClaim]
  {
    guard !byAddress.isEmpty else { return [] }
    let client = addresses.client(of: peer, fields)
    let all = client.map { client in known.claims(of: client.network) { addressClaims(of: client.customer) } }
    let claims = all ?? addressClaims(of: [])
    if areEverywhere { return claims }
    let path = path()
    return claims.filter { $0.policy.applies(to: path) }
  }

  private func addressClaims(of customer: [UInt8]) -> [RateLimitClaim] {
    byAddress.map { RateLimitClaim(policy: $0, key: keys.key($0, customer)) }
  }

  /// Of the policies that count principals: by what they are, so that a new token is no new quota.
  func principalClaims(_ path: some StringProtocol, _ principal: Principal?) -> [RateLimitClaim] {
    guard let principal, !byPrincipal.isEmpty else { return [] }
    let identity = [principal.proof.number] + Array(principal.subject.utf8)
    return byPrincipal.compactMap { policy in
      guard policy.applies(to: path), policy.subject == .principal || principal.proof == .apiKey else { return nil }
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
