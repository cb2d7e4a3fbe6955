import Resilience

/// What the claims of a token must say (RFC 7519 §4.1), and who it is then.
struct TokenRules: Sendable {
  private let configuration: TokenConfiguration

  /// Of a subject, in bytes. An e-mail address has at most 254 (RFC 5321 §4.5.3.1.3).
  private static let longestSubject = 512
  /// NumericDate from 1970 to the year 9999, in seconds: beyond it is a mistake, or somebody who tries what an overflow does.
  private static let dates = 0.0...253_402_300_799.0

  init(_ configuration: TokenConfiguration) { self.configuration = configuration }

  /// - Parameter payload: the JSON of a token whose signature holds.
  func principal(_ payload: [UInt8], at now: Timestamp, digest: CredentialDigest) throws(TokenFault) -> Principal {
    guard let claims = StrictJSON(payload)?.members else { throw .invalid(reason: "the claims are not an object") }
    let expires = try checkTimes(claims, at: now)
    try checkIssuer(claims["iss"])
    try checkAudience(claims["aud"])
    guard let subject = claims[configuration.subjectClaim]?.string, subject.isVisible(atMost: Self.longestSubject) else {
      throw .invalid(reason: "no subject, or an odd one")
    }
    return Principal(
      proof: .token, subject: subject, role: try role(claims[configuration.roleClaim]), userID: try userID(claims),
      expires: expires, digest: digest)
  }

  // MARK: Times

  /// When it ends, leeway included: from then on it is refused. Nil: never.
  private func checkTimes(_ claims: [String: StrictJSON], at now: Timestamp) throws(TokenFault) -> Timestamp? {
    let leeway = configuration.leeway.wholeMilliseconds
    let expires = try Self.date(claims["exp"]).map { Timestamp(milliseconds: $0 + leeway) }
    guard expires != nil || !configuration.requiresExpiry else { throw .invalid(reason: "no expiry") }
    if let begins = try Self.date(claims["nbf"]), begins > now.milliseconds + leeway { throw .invalid(reason: "not valid yet") }
    if let issued = try Self.date(claims["iat"]), issued > now.milliseconds + leeway {
      throw .invalid(reason: "issued in the future")
    }
    if let expires, expires <= now { throw .expired }
    return expires
  }

  /// A NumericDate in milliseconds; nil where there is no such claim.
  private static func date(_ claim: StrictJSON?) throws(TokenFault) -> Int64? {
    guard let claim else { return nil }
    guard case .number(let text) = claim, let seconds = Double(text), dates.contains(seconds) else {
      throw .invalid(reason: "a time that is none")
    }
    return Int64(seconds * 1000)
  }

  // MARK: Issuer and audience

  private func checkIssuer(_ claim: StrictJSON?) throws(TokenFault) {
    if let claim, claim.string == nil { throw .invalid(reason: "an issuer that is no text") }
    guard let issuer = configuration.issuer else { return }
    guard claim?.string?.isExactly(issuer) == true else { throw .invalid(reason: "another issuer") }
  }

  private func checkAudience(_ claim: StrictJSON?) throws(TokenFault) {
    guard let claim else {
      guard configuration.audiences.isEmpty else { throw .invalid(reason: "no audience") }
      return
    }
    guard let audiences = claim.string.map({ [$0] }) ?? claim.strings else {
      throw .invalid(reason: "an audience that is neither a text nor texts")
    }
    guard !configuration.audiences.isEmpty else { return }
    guard audiences.contains(where: { audience in configuration.audiences.contains { $0.isExactly(audience) } }) else {
      throw .invalid(reason: "another audience")
    }
  }

  // MARK: Role and user

  /// A text must be a role. Of a list of texts those that are no role are somebody else's: at least one must be.
  private func role(_ claim: StrictJSON?) throws(TokenFault) -> Principal.Role {
    let texts = claim?.string.map { [$0] } ?? claim?.strings ?? []
    let roles = texts.compactMap(Self.role)
    guard !roles.isEmpty else { throw .invalid(reason: "no role that is known") }
    return roles.contains(.admin) ? .admin : .user
  }

  /// Spring's authorities have `ROLE_` before them.
  private static func role(_ text: String) -> Principal.Role? {
    for role in [Principal.Role.admin, .user] where text.isExactly(role.rawValue) || text.isExactly("ROLE_\(role.rawValue)") {
      return role
    }
    return nil
  }

  /// A positive 64-bit integer, as a number or as its decimal digits.
  private func userID(_ claims: [String: StrictJSON]) throws(TokenFault) -> Int64? {
    guard let name = configuration.userIDClaim, let claim = claims[name] else { return nil }
    let digits: String? =
      switch claim {
      case .number(let text), .text(let text): text
      default: nil
      }
    guard let digits, let id = UserIDText.parse(digits) else { throw .invalid(reason: "an odd user id") }
    return id
  }
}

/// A user's id as text: plain decimal digits of a positive 64-bit integer, without zeros before them.
enum UserIDText {
  static func parse(_ text: String) -> Int64? {
    guard let first = text.utf8.first, first != UInt8(ascii: "0"),
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    return Int64(text)
  }
}

extension Duration {
  /// Downwards; for durations that the configuration bounds.
  var wholeMilliseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000_000_000) }
}
