import HTTPTypes
import Identity

/// Problems of those who may not. One body for all of each kind: which of them it was is for the log alone.
extension Problem {
  static let forbidden = Problem(
    status: .forbidden,
    detail: "This credential does not allow that. One of a user is for the data of that user alone: ask with its own user_id.")

  /// The keys that credentials are verified with are not there (yet).
  static let unverifiable = Problem(
    status: .serviceUnavailable, detail: "Who asks cannot be verified at present. Try again shortly.", headers: [.retryAfter: "5"]
  )

  /// 401, with a challenge for each way to prove who one is (RFC 9110 §11.6.1).
  ///
  /// `error` only where there was a credential (RFC 6750 §3). `ApiKey` is no registered scheme; it is what those who take keys in a field
  /// of their own commonly challenge with.
  static func unauthorized(_ failure: AuthenticationFailure, schemes: CredentialSchemes) -> Problem {
    var headers = HTTPFields()
    if schemes.contains(.bearer) || schemes.isEmpty {
      let fault = failure == .missing ? "" : ", error=\"invalid_token\""
      headers.append(HTTPField(name: .wwwAuthenticate, value: "Bearer realm=\"tributary\"\(fault)"))
    }
    if schemes.contains(.apiKey) { headers.append(HTTPField(name: .wwwAuthenticate, value: "ApiKey realm=\"tributary\"")) }
    return Problem(status: .unauthorized, detail: "This needs a credential that is valid.", headers: headers)
  }
}

extension AuthenticationFailure {
  /// For the log: holds nothing of the credential.
  var word: String {
    switch self {
    case .missing: "missing"
    case .invalid(let reason): "invalid: \(reason)"
    case .expired: "expired"
    case .keysUnavailable: "keys_unavailable"
    }
  }
}
