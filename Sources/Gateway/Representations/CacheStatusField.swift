import HTTPTypes

/// What the cache did for one section of an answer.
enum SectionCacheUse: Sendable, Equatable {
  enum Store: String, Sendable {
    case memory
    case redis
  }

  /// Answered from what was stored. `ttl`: seconds for which that is fresh, negative since when it is not.
  case hit(Store, ttl: Int64)
  /// Nothing usable was stored, so that the upstream was asked; it answered with `status`, if that is known.
  case fetched(status: Int?, isStored: Bool)
  /// What was stored was too old, so that the upstream was asked; it answered with `status`, 304 among them.
  case refetched(status: Int, isStored: Bool)
  /// Nothing usable was stored, and somebody else's call was waited for.
  case collapsed
  /// What was stored was too old, the upstream failed, and it was used all the same. `status`: nil if there was no answer.
  case staleForFailure(status: Int?, ttl: Int64)
  /// The upstream failed, and nothing stored could be used. `status`: nil if there was no answer.
  case failed(status: Int?)
  /// The section is not to be cached, or the request did not want it from there.
  case bypass
}

/// The name of a section's cache in `Cache-Status`, made once for a configuration: `tributary/users`, a token (RFC 8941 §3.3.4), in which
/// the slash keeps the gateway's name from the section's; a string if that cannot be written as a token.
struct CacheStatusName: Sendable {
  fileprivate let text: String

  init(section: String, gateway: String = "tributary") {
    let name = "\(gateway)/\(section)"
    let isLetter = { (byte: UInt8) in (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
    let isToken =
      name.utf8.first.map(isLetter) == true
      && name.utf8.allSatisfy { FieldMembers.isTokenByte($0) || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ":") }
    text = isToken ? name : Self.quoted(name)
  }

  /// RFC 8941 §3.3.3: ASCII only; anything else becomes a question mark.
  private static func quoted(_ name: String) -> String {
    var text = "\""
    for scalar in name.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { text += "\\" }
      text.unicodeScalars.append((0x20...0x7E).contains(scalar.value) ? scalar : "?")
    }
    return text + "\""
  }
}

/// `Cache-Status` (RFC 9211): one member a section, in the document's order. The RFC orders caches that lie behind one another; these
/// lie side by side.
///
/// `fwd=miss` and not `uri-miss` or `vary-miss`: one key holds both the request and who asks, so that they cannot be told apart (§2.2).
struct CacheStatusField: Sendable {
  private(set) var value = ""

  /// - Parameter sections: how many members there will be, so that memory is taken once.
  init(sections: Int) { value.reserveCapacity(sections * Self.usualLength) }

  private static let usualLength = 64

  mutating func add(_ name: CacheStatusName, _ use: SectionCacheUse) {
    if !value.isEmpty { value += ", " }
    value += name.text
    switch use {
    case .hit(let store, let ttl):
      value += ";hit"
      add(";ttl=", ttl)
      value += store == .memory ? ";detail=memory" : ";detail=redis"
    case .fetched(let status, let isStored): forwarded(";fwd=miss", status, isStored)
    case .refetched(let status, let isStored): forwarded(";fwd=stale", status, isStored)
    case .collapsed: value += ";fwd=miss;collapsed"
    case .staleForFailure(let status, let ttl):
      forwarded(";fwd=stale", status, false)
      add(";ttl=", ttl)
      value += ";detail=stale-if-error"
    case .failed(let status): forwarded(";fwd=miss", status, false)
    case .bypass: value += ";fwd=bypass"
    }
  }

  private mutating func forwarded(_ reason: String, _ status: Int?, _ isStored: Bool) {
    value += reason
    if let status { add(";fwd-status=", Int64(status)) }
    if isStored { value += ";stored" }
  }

  /// RFC 8941 §3.3.1: an integer has at most 15 digits.
  private mutating func add(_ name: String, _ number: Int64) {
    value += name
    value += String(min(max(number, -999_999_999_999_999), 999_999_999_999_999))
  }
}

extension HTTPField.Name {
  static let cacheStatus = HTTPField.Name("Cache-Status")!
}
