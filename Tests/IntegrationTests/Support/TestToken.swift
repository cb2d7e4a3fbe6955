import Crypto
import Foundation
import Glibc

/// Tokens (RFC 7519) as an issuer signs them.
enum TestToken {
  /// As the users service signs (contract §5), with the user's id beside.
  static func signed(subject: String, user: Int, role: String = "USER", secret: String) -> String {
    let text = unsigned(#"{"alg":"HS256","typ":"JWT"}"#, subject, user, role)
    let code = HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: Data(secret.utf8)))
    return "\(text).\(encoded(Data(code)))"
  }

  /// As an issuer signs that publishes its key.
  static func signed(subject: String, user: Int, role: String = "USER", key: P256.Signing.PrivateKey, kid: String) throws
    -> String
  {
    let text = unsigned(#"{"alg":"ES256","typ":"JWT","kid":"\#(kid)"}"#, subject, user, role)
    return "\(text).\(encoded(try key.signature(for: Data(text.utf8)).rawRepresentation))"
  }

  /// The document that the issuer publishes (RFC 7517).
  static func document(_ key: P256.Signing.PublicKey, kid: String) -> String {
    let point = key.rawRepresentation
    let (x, y) = (encoded(point.prefix(32)), encoded(point.suffix(32)))
    return #"{"keys":[{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"\#(kid)","x":"\#(x)","y":"\#(y)"}]}"#
  }

  /// The subject that a token says it is about.
  static func subject(of token: some StringProtocol) -> String? {
    let parts = token.split(separator: ".")
    guard parts.count == 3 else { return nil }
    let base64 = String(parts[1]).replacing("-", with: "+").replacing("_", with: "/")
    let padded = base64 + String(repeating: "=", count: (4 - base64.count % 4) % 4)
    guard let claims = Data(base64Encoded: padded) else { return nil }
    do { return try JSON(parsing: Array(claims))["sub"]?.text } catch { return nil }
  }

  private static func unsigned(_ header: String, _ subject: String, _ user: Int, _ role: String) -> String {
    let claims = #"{"sub":"\#(subject)","role":"\#(role)","uid":\#(user),"exp":\#(time(nil) + 600)}"#
    return "\(encoded(Data(header.utf8))).\(encoded(Data(claims.utf8)))"
  }

  private static func encoded(_ data: Data) -> String {
    data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }
}
