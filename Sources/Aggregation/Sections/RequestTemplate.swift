package import Clients

/// A request with a place for the user's id.
package struct RequestTemplate: Sendable, Equatable {
  /// Stands in a path or a body where the id goes; only decimal digits ever replace it.
  package static let placeholder = "{user_id}"

  package var method: UpstreamCall.Method
  /// Path and query, from its slash.
  package var path: String
  /// A JSON body, where the method is POST.
  package var body: String?

  package init(_ method: UpstreamCall.Method, _ path: String, body: String? = nil) {
    self.method = method
    self.path = path
    self.body = body
  }

  package var needsUser: Bool { path.contains(Self.placeholder) || body?.contains(Self.placeholder) == true }

  /// The path and the body for `user`. Without a user the placeholder must not occur (the settings check that).
  package func rendered(for user: Int64?) -> (path: String, body: String?) {
    guard let user else { return (path, body) }
    let digits = String(user)
    return (Self.fill(path, with: digits), body.map { Self.fill($0, with: digits) })
  }

  private static func fill(_ text: String, with digits: String) -> String {
    guard let place = text.firstRange(of: placeholder) else { return text }
    return text[..<place.lowerBound] + digits + fill(String(text[place.upperBound...]), with: digits)
  }
}
