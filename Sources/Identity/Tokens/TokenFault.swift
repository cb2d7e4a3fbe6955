/// Why a token is not taken. Reasons are of our own words: they hold nothing of the token.
enum TokenFault: Error, Equatable {
  case invalid(reason: StaticString)
  case expired
  /// Its `kid` names no key that is known.
  case unknownKey

  static func == (left: TokenFault, right: TokenFault) -> Bool {
    switch (left, right) {
    case (.expired, .expired), (.unknownKey, .unknownKey): true
    case (.invalid(let a), .invalid(let b)): "\(a)" == "\(b)"
    default: false
    }
  }
}

extension AuthenticationFailure {
  init(_ fault: TokenFault) {
    self =
      switch fault {
      case .invalid(let reason): .invalid(reason: "\(reason)")
      case .expired: .expired
      case .unknownKey: .invalid(reason: "no such key")
      }
  }
}
