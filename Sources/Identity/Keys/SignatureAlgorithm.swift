/// What a key signs with (RFC 7518 §3.1, RFC 8037). A key has exactly one; `none` is none of them.
package enum SignatureAlgorithm: String, Sendable, CaseIterable {
  case hs256 = "HS256"
  case hs384 = "HS384"
  case hs512 = "HS512"
  case rs256 = "RS256"
  case rs384 = "RS384"
  case rs512 = "RS512"
  case ps256 = "PS256"
  case ps384 = "PS384"
  case ps512 = "PS512"
  case es256 = "ES256"
  case es384 = "ES384"
  case es512 = "ES512"
  case edDSA = "EdDSA"

  /// The kind of key (`kty`, RFC 7518 §6.1).
  enum Family: Equatable { case secret, rsa, ellipticCurve, edwards }

  var family: Family {
    switch self {
    case .hs256, .hs384, .hs512: .secret
    case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: .rsa
    case .es256, .es384, .es512: .ellipticCurve
    case .edDSA: .edwards
    }
  }

  /// A secret is at least as long as the digest, in bytes (RFC 7518 §3.2).
  var leastSecret: Int {
    switch self {
    case .hs384: 48
    case .hs512: 64
    default: 32
    }
  }
}
