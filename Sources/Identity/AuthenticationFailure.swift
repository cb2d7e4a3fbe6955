/// Why a request is not let in. Clients are told one thing for all of them (RFC 6750 §3.1 `invalid_token`); the reason is for the log.
package enum AuthenticationFailure: Error, Sendable, Equatable {
  /// There is no credential.
  case missing
  /// It is not what it should be; `reason` holds nothing of it.
  case invalid(reason: String)
  /// Its time is over.
  case expired
  /// Nobody can tell: the keys have not been fetched yet.
  case keysUnavailable
}
