/// The one credential of a request.
enum PresentedCredential {
  case token(Substring.UTF8View)
  case apiKey(String)

  private static let scheme = Array("bearer ".utf8)

  /// - Throws: `missing` where there is none; `invalid` for two of them, and for one of a kind that is not asked for here: whoever
  ///   sends a credential means something by it, and is not let in as nobody.
  init(_ credentials: Credentials, for configuration: IdentityConfiguration) throws(AuthenticationFailure) {
    guard !credentials.isRepeated else { throw .invalid(reason: "a credential twice") }
    switch (credentials.authorization, credentials.apiKey) {
    case (nil, nil): throw .missing
    case (_?, _?): throw .invalid(reason: "a token and an API key")
    case (let field?, nil):
      guard configuration.modes.contains(.jwt) else { throw .invalid(reason: "tokens are not taken here") }
      // RFC 6750 §2.1, RFC 9110 §11.1: the scheme in capitals or not, one space, the token.
      let bytes = field.utf8
      guard bytes.count > Self.scheme.count, zip(bytes, Self.scheme).allSatisfy({ $0 == $1 || $0 | 0x20 == $1 && $1 != 0x20 })
      else {
        throw .invalid(reason: "not a bearer token")
      }
      guard bytes.count - Self.scheme.count <= configuration.tokens.maxToken else { throw .invalid(reason: "too long") }
      self = .token(bytes.dropFirst(Self.scheme.count))
    case (nil, let key?):
      guard configuration.modes.contains(.apiKey) else { throw .invalid(reason: "API keys are not taken here") }
      guard key.utf8.count == APIKeyText.length else { throw .invalid(reason: "not an API key") }
      self = .apiKey(key)
    }
  }

  var digest: CredentialDigest {
    switch self {
    case .token(let bytes): CredentialDigest(of: bytes)
    case .apiKey(let text): CredentialDigest(of: text.utf8)
    }
  }
}
