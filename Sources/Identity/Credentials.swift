/// What a request brings to prove who sends it.
package struct Credentials: Sendable {
  /// The value of `Authorization`; nil: no such field.
  package var authorization: String?
  /// The value of `X-API-Key`; nil: no such field.
  package var apiKey: String?
  /// Whether one of them came twice: which one counts must not depend on who reads.
  package var isRepeated: Bool

  package init(authorization: String? = nil, apiKey: String? = nil, isRepeated: Bool = false) {
    self.authorization = authorization
    self.apiKey = apiKey
    self.isRepeated = isRepeated
  }
}
