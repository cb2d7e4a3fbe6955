package import Resilience

/// What may be done with an upstream's answer: whether it may be stored, and for how long.
///
/// The upstream is obeyed where it is stricter than the policy, never where it is laxer. Ends of windows are compared, not lengths: with a
/// `ttl` of 30 s and 60 s of `stale_while_revalidate`, `max-age=600, stale-while-revalidate=0` allows all 90 s, as none of them is stale to
/// the upstream.
package enum ResponseFreshness: Sendable, Equatable {
  case store(Lifetimes)
  /// `no-cache`, or no time at all, fresh or stale: never to be used without asking. With a validator it may be stored for a conditional
  /// request (RFC 9111 §4.3).
  case storeForRevalidation
  case doNotStore(Reason)

  package enum Reason: Sendable, Equatable {
    /// The policy is switched off.
    case disabled
    /// RFC 9111 §5.2.2.5.
    case noStore
    /// For one principal only (RFC 9111 §5.2.2.7), but the policy would give it to everybody.
    case isPrivate
    /// `Vary` (RFC 9111 §4.1) names what the key does not hold: `*`, or an identity field where the policy's scope is public.
    case varies
  }

  /// - Parameters:
  ///   - fields: the response's header fields.
  ///   - identityFields: names of the identity fields that the request had, in any case. `Authorization` and `Cookie` always count.
  ///   - receivedAt: stands in for a missing `Date`.
  ///   - chance: an even draw from 0 to 1 for the jitter of `ttl`. What the upstream allows is never stretched, only shrunk.
  package static func decide(
    fields: some Sequence<(name: String, value: String)>, policy: CachePolicy, identityFields: [String] = [],
    receivedAt: Timestamp,
    chance: Double
  ) -> ResponseFreshness {
    guard policy.isEnabled else { return .doNotStore(.disabled) }
    let said = CachingFields(fields)
    if said.control.noStore { return .doNotStore(.noStore) }
    if said.control.isPrivate, policy.scope == .public { return .doNotStore(.isPrivate) }
    if said.varies(byAnyOf: identityFields, in: policy.scope) { return .doNotStore(.varies) }
    if said.control.noCache { return .storeForRevalidation }
    let lifetimes = said.lifetimes(policy: policy, receivedAt: receivedAt, chance: chance)
    return lifetimes.total > 0 ? .store(lifetimes) : .storeForRevalidation
  }
}

extension ResponseFreshness {
  /// This decision about a 304, or where that says nothing of freshness, what the answer before it allowed (RFC 9111 §3.2).
  ///
  /// - Parameter known: the lifetimes of what is stored; what the policy allows by now bounds them.
  package func unlessSilent(
    _ fields: some Sequence<(name: String, value: String)>, policy: CachePolicy, known: Lifetimes
  ) -> ResponseFreshness {
    guard case .store = self, !fields.contains(where: { $0.name.isField("cache-control") || $0.name.isField("expires") }) else {
      return self
    }
    let most = policy.lifetimes(chance: 1)
    let lifetimes = Lifetimes(
      fresh: min(known.fresh, most.fresh), staleWhileRevalidate: min(known.staleWhileRevalidate, most.staleWhileRevalidate),
      staleIfError: min(known.staleIfError, most.staleIfError))
    return lifetimes.total > 0 ? .store(lifetimes) : .storeForRevalidation
  }
}

extension CachingFields {
  fileprivate func lifetimes(policy: CachePolicy, receivedAt: Timestamp, chance: Double) -> Lifetimes {
    let ours = policy.lifetimes(chance: chance)
    // Without a word from the upstream its freshness is ours; what else it says counts from there.
    let allowed = allowedFreshness(receivedAt: receivedAt)
    let shrunk = allowed.map { Int64(Double($0) * min(policy.stretch(chance: chance), 1)) }
    let fresh = min(ours.fresh, shrunk ?? .max)
    /// The window after `fresh` that ends where ours or the upstream's does, whichever is first.
    func window(_ configured: Int64, _ granted: CacheControl.Seconds) -> Int64 {
      guard let limit = staleness(granted) else { return configured }
      return min(fresh + configured, (allowed ?? fresh) + limit) - fresh
    }
    // `max-age=0` asks for a look at the upstream each time; only its own word lets a stale answer go out without one.
    let isNeverFresh = allowed == 0 && control.staleWhileRevalidate == .absent
    return Lifetimes(
      fresh: fresh, staleWhileRevalidate: isNeverFresh ? 0 : window(ours.staleWhileRevalidate, control.staleWhileRevalidate),
      staleIfError: window(ours.staleIfError, control.staleIfError))
  }

  /// Milliseconds that the upstream still grants from now on, nil when it does not say (RFC 9111 §4.2.1): `s-maxage`, else `max-age`, else
  /// `Expires` less `Date`; less the `Age` that the answer came with.
  ///
  /// The apparent age (§4.2.3: now less `Date`) is left out: a clock that is wrong by half a minute would keep everything from being
  /// stored. What the fetch itself took is counted, as `Freshness` begins with it.
  private func allowedFreshness(receivedAt: Timestamp) -> Int64? {
    guard let seconds = control.sharedMaxAge.seconds ?? control.maxAge.seconds ?? secondsToExpiry(receivedAt: receivedAt) else {
      return nil
    }
    return max(seconds - age, 0) * 1000
  }

  /// Milliseconds past its own freshness for which the upstream lets a stale answer be used; nil when it does not say.
  private func staleness(_ granted: CacheControl.Seconds) -> Int64? {
    if control.mustRevalidate { return 0 }
    if let seconds = granted.seconds { return seconds * 1000 }
    // `s-maxage` alone means `proxy-revalidate` as well (RFC 9111 §5.2.2.10); an explicit grant overrides that (§4.2.4).
    return control.sharedMaxAge == .absent ? nil : 0
  }
}
