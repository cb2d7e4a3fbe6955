package import Clients
package import Settings

/// How callers prove who they are.
package struct IdentityConfiguration: Sendable, Equatable {
  package enum Mode: String, Sendable, CaseIterable {
    /// A request without a credential is let in, as nobody. A bad credential is refused even so.
    case none
    /// Tokens, in `Authorization`.
    case jwt
    /// API keys, in `X-API-Key`.
    case apiKey = "api_key"
  }

  /// Never empty.
  package var modes: Set<Mode> = [.none]
  /// How long what was proved once need not be proved again, at most; at most a minute.
  package var remember = Duration.seconds(60)
  package var tokens = TokenConfiguration()
  /// The file of API keys.
  package var apiKeyFile: String?

  package init() {}

  /// Whether there is anything to be authenticated by; without it nobody looks at a credential.
  package var isEnabled: Bool { modes != [.none] }
  /// Whether a request without a credential is let in.
  package var allowsAnonymous: Bool { modes.contains(.none) }
}

/// What a token must be (RFC 7519, RFC 8725).
package struct TokenConfiguration: Sendable, Equatable {
  /// `iss` must be this; nil: anybody's.
  package var issuer: String?
  /// `aud` must name one of these; empty: whoever's.
  package var audiences: [String] = []
  package var requiresExpiry = true
  /// How far the clocks may be apart.
  package var leeway = Duration.seconds(30)
  /// Longer ones are not looked at, in bytes.
  package var maxToken = 8 << 10
  package var subjectClaim = "sub"
  package var roleClaim = "role"
  /// Nil: tokens do not say it.
  package var userIDClaim: String?
  package var keys: [KeyDefinition] = []
  package var remote: RemoteKeysConfiguration?

  package init() {}
}

/// Where an issuer publishes its keys.
package struct RemoteKeysConfiguration: Sendable, Equatable {
  package var url: BaseURL
  package var refresh = Duration.seconds(300)
  /// What its RSA keys sign with where it does not say so; nil: such keys are left out.
  package var rsaAlgorithm: SignatureAlgorithm?
  /// How the issuer is recognised over `https`; nil: by the system's authorities.
  package var tls: UpstreamTLS?
  /// Between the starts of two fetches, whatever the reason: a stranger who makes up names of keys must not make us flood the
  /// issuer.
  var pause = Duration.seconds(30)
  /// An answer that takes longer comes too late for those who wait.
  var patience = Duration.seconds(3)

  package init(url: BaseURL) { self.url = url }
}
