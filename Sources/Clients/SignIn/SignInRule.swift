package import NIOCore
package import Settings

/// How to come by a token of an upstream: `POST` a body that names a service account, read the token from the JSON answer.
package struct SignInRule: Sendable, Equatable {
  /// Without the upstream's path prefix.
  package var path: String
  /// What the upstream wants to know, as JSON: name and password.
  package var body: Secret
  /// The member of the answer that holds the token.
  package var member: String
  /// From the beginning of one sign-in to the next at least.
  package var pause = Duration.seconds(10)

  package init(path: String, body: Secret, member: String) {
    self.path = path
    self.body = body
    self.member = member
  }

  /// Finds a member of a JSON object that is a string; nil where there is none. This target reads no JSON.
  package typealias Reader = @Sendable (_ body: ByteBuffer, _ member: String) -> String?
}

/// A token that an upstream has given us.
struct ServiceToken: Sendable, Equatable {
  /// As it goes over the wire: `Bearer …`.
  let field: String
  /// Which one it is: a later one has a greater number.
  let number: Int

  /// The longest that is sent, in bytes.
  static let limit = 8192

  /// Nil for a text that is no token (RFC 6750 §2.1: visible ASCII).
  init?(_ text: String, number: Int) {
    guard (1...Self.limit).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    field = "Bearer \(text)"
    self.number = number
  }
}
