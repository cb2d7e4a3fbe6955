package import Settings

/// Who may ask for what, and who in front is believed: `authorization`, `authentication.trust_identity_headers`,
/// `server.trusted_proxies`.
package struct SecurityConfiguration: Sendable, Equatable {
  package var authorization = Authorization()
  /// Whether `/api/health/services` is for everybody.
  package var isHealthPublic = false
  /// Whether `x-user-id` and `x-user-role` of a trusted proxy say who calls.
  package var trustsIdentityHeaders = false
  package var trustedProxies = TrustedProxies()

  package init() {}

  package init(reading settings: SettingsReader) {
    let authorization = settings.scope("authorization")
    self.authorization = Authorization(reading: authorization)
    isHealthPublic = authorization.flag("public_health", default: isHealthPublic)
    let texts = settings.scope("server").strings(
      "trusted_proxies", default: [], each: AddressRange.allowed, where: { TrustedProxies([$0]) != nil })
    trustedProxies = TrustedProxies(texts) ?? TrustedProxies()
    let authentication = settings.scope("authentication")
    trustsIdentityHeaders = authentication.flag("trust_identity_headers", default: trustsIdentityHeaders)
    if trustsIdentityHeaders, trustedProxies.isEmpty {
      authentication.problem(
        "trust_identity_headers", found: "true without a trusted proxy", allowed: "true only where server.trusted_proxies has one"
      )
    }
  }
}
