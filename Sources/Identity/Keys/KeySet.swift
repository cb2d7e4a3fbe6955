/// The keys that are known, and which of them a token is to be proved with.
struct KeySet: Sendable {
  private var named: [String: VerificationKey] = [:]
  private var unnamed: VerificationKey?
  private let requiresName: Bool

  /// - Parameters:
  ///   - keys: the first of two with one name counts.
  ///   - requiresName: whether a token must name its key even while there is only one.
  init(_ keys: [VerificationKey] = [], requiresName: Bool = false) {
    self.requiresName = requiresName
    for key in keys {
      if let id = key.id {
        if named[id] == nil { named[id] = key }
      } else if unnamed == nil {
        unnamed = key
      }
    }
  }

  var keys: [VerificationKey] { Array(named.values) + [unnamed].compactMap(\.self) }

  /// A `kid` must be known, and there must be one where there are several keys: no key stands in for another, none is tried in turn
  /// (RFC 8725 §3.8).
  func key(for header: TokenHeader) throws(TokenFault) -> VerificationKey {
    guard let id = header.keyID else {
      guard !requiresName, named.count + (unnamed == nil ? 0 : 1) <= 1 else { throw .invalid(reason: "no kid, and several keys") }
      guard let only = unnamed ?? named.first?.value else { throw .unknownKey }
      return only
    }
    guard let key = named[id], key.id?.isExactly(id) == true else { throw .unknownKey }
    return key
  }
}
