package import Settings

/// `cache`: what is kept, how much of it, and for how long where a section does not say otherwise.
package struct CacheConfiguration: Sendable, Equatable {
  package var isEnabled = true
  /// What this process keeps, in bytes.
  package var memory = 128 << 20
  /// Refreshes in the background at once.
  package var maxRefreshes = 256
  /// Goes into every key, so that whoever sees one cannot try user ids against it. The same for all replicas.
  package var keySecret: Secret?
  /// The lifetimes of sections that have none of their own.
  package var policy = CachePolicy()

  package init() {}

  package init(reading settings: SettingsReader) {
    isEnabled = settings.flag("enabled", default: isEnabled)
    memory = settings.bytes("memory", default: memory, in: 1 << 20...1 << 40)
    maxRefreshes = settings.integer("max_refreshes", default: maxRefreshes, in: 1...100_000)
    keySecret = settings.secret("key_secret")
    policy = CachePolicy(lifetimesReading: settings, defaults: policy)
  }
}

extension CachePolicy {
  private enum ScopeWord: String, CaseIterable {
    /// `principal` where the upstream is given the caller's identity, else `public`.
    case auto
    case `public`, principal
  }

  /// `sections.<name>.cache`.
  ///
  /// - Parameter seesIdentity: whether the upstream is given the caller's identity.
  package init(reading settings: SettingsReader, defaults: CachePolicy, seesIdentity: Bool) {
    self.init(lifetimesReading: settings, defaults: defaults)
    isEnabled = settings.flag("enabled", default: defaults.isEnabled)
    switch settings.choice("scope", default: ScopeWord.auto) {
    case .auto: scope = seesIdentity ? .principal : .public
    case .public: scope = .public
    case .principal: scope = .principal
    }
  }

  fileprivate init(lifetimesReading settings: SettingsReader, defaults: CachePolicy) {
    let longest = Duration.zero ... .seconds(86_400 * 30)
    self = defaults
    ttl = settings.duration("ttl", default: ttl, in: longest)
    staleWhileRevalidate = settings.duration("stale_while_revalidate", default: staleWhileRevalidate, in: longest)
    staleIfError = settings.duration("stale_if_error", default: staleIfError, in: longest)
    negativeTTL = settings.duration("negative_ttl", default: negativeTTL, in: .zero ... .seconds(300))
  }
}
