import HTTPTypes
import NIOHTTP1

/// The target of a request, in the forms of RFC 9112 §3.2.
struct RequestTarget: Equatable {
  /// Path and query; `*` for the server as a whole.
  let path: String
  /// From an absolute target, in place of `Host` (§3.2.2).
  var authority: String?

  /// Nil for a target that the method may not have. None has a fragment: that is for the client alone (RFC 9110 §4.2.5).
  init?(_ target: String, method: HTTPMethod) {
    if target.utf8.contains(UInt8(ascii: "#")) { return nil }
    switch target.utf8.first {
    case UInt8(ascii: "/"):
      path = target
    case UInt8(ascii: "*") where method == .OPTIONS && target.utf8.count == 1:
      path = target
    default:
      guard let (authority, path) = Self.absolute(target) else { return nil }
      self.authority = authority
      self.path = path
    }
  }

  private static func absolute(_ target: String) -> (authority: String, path: String)? {
    for scheme in ["http://", "https://"] where target.prefix(scheme.utf8.count).lowercased() == scheme {
      let rest = target.dropFirst(scheme.utf8.count)
      let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
      let authority = String(rest[..<end])
      guard !authority.isEmpty, isHost(authority) else { return nil }
      return (authority, rest[end...].first == "/" ? String(rest[end...]) : "/" + rest[end...])
    }
    return nil
  }

  /// Whether it is made of the characters of `uri-host [":" port]` (RFC 3986 §3.2.2). The empty one is: a target without authority
  /// has it. A comma is not, although allowed: two fields that someone has joined have it too.
  static func isHost(_ text: String) -> Bool {
    text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"): true
      case UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'")...UInt8(ascii: "+"): true
      case UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"): true
      default: false
      }
    }
  }
}
