import HTTPTypes
import Identity

/// In which fields credentials are looked for.
package struct CredentialSchemes: OptionSet, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `Authorization: Bearer` (RFC 6750 §2.1).
  package static let bearer = CredentialSchemes(rawValue: 1)
  /// `X-API-Key`.
  package static let apiKey = CredentialSchemes(rawValue: 2)
}

extension Credentials {
  init(_ headers: HTTPFields) {
    var isRepeated = false
    func only(_ name: HTTPField.Name) -> String? {
      var values = headers[fields: name].makeIterator()
      guard let first = values.next() else { return nil }
      if values.next() != nil { isRepeated = true }
      return first.value
    }
    let (authorization, apiKey) = (only(.authorization), only(.apiKey))
    self.init(authorization: authorization, apiKey: apiKey, isRepeated: isRepeated)
  }

  var isEmpty: Bool { authorization == nil && apiKey == nil }
}

extension HTTPField.Name {
  static let apiKey = HTTPField.Name("X-API-Key")!
  static let userID = HTTPField.Name("X-User-Id")!
  static let userRole = HTTPField.Name("X-User-Role")!
}
