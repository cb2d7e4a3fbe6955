#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The address of a service: scheme, host, port and a path that goes before every other (RFC 3986, a part of it).
///
/// No user name or password (they would be printed), no query, no fragment. The host is a name, an IPv4 address or an IPv6
/// address in brackets.
package struct BaseURL: Sendable, Hashable, CustomStringConvertible {
  /// Lower case.
  package let scheme: String
  /// Lower case, an IPv6 address without its brackets.
  package let host: String
  /// From 1 to 65535; the scheme's own if the text had none.
  package let port: Int
  /// Empty, or with a `/` at its start and none at its end.
  package let pathPrefix: String
  private let hasPort: Bool

  private static let ports = ["http": 80, "https": 443, "redis": 6379, "rediss": 6379]

  /// Nil for everything that is not such an address.
  package init?(_ text: String, schemes: [String] = ["http", "https"]) {
    guard text.utf8.count <= 2048, let separator = text.firstRange(of: "://") else { return nil }
    let scheme = text[..<separator.lowerBound].lowercased()
    let rest = text[separator.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    guard schemes.contains(scheme), let (host, port) = Self.hostAndPort(authority) else { return nil }
    guard port == nil || !authority.hasSuffix(":"), let number = port ?? Self.ports[scheme] else { return nil }
    guard let path = Self.pathPrefix(rest.dropFirst(authority.count)) else { return nil }
    self.scheme = scheme
    self.host = host
    self.port = number
    hasPort = port != nil
    pathPrefix = path
  }

  /// The normal form, as it may be read again.
  package var text: String {
    "\(scheme)://\(authority)\(pathPrefix)"
  }

  /// What stands in a `Host` field (RFC 9110 §7.2): the port only if the text had one.
  package var authority: String {
    let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
    return hasPort ? "\(name):\(port)" : name
  }

  package var description: String { text }

  static func allowed(_ schemes: [String]) -> String {
    "a URL with the scheme \(schemes.joined(separator: " or ")), a host, and no user name, query or fragment"
  }

  private static func hostAndPort(_ authority: Substring) -> (host: String, port: Int?)? {
    let host: Substring
    var rest: Substring
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      host = authority[authority.index(after: authority.startIndex)..<end]
      rest = authority[authority.index(after: end)...]
      guard isAddress(host, AF_INET6) else { return nil }
    } else {
      host = authority.prefix { $0 != ":" }
      rest = authority.dropFirst(host.count)
      guard isHostName(host) else { return nil }
    }
    guard !rest.isEmpty else { return (host.lowercased(), nil) }
    guard rest.removeFirst() == ":", let port = NumberText.integer(String(rest)), 1...65535 ~= port else { return nil }
    return (host.lowercased(), port)
  }

  /// Labels of letters, digits, hyphens and underscores (container networks use them); if the last is a number, an IPv4 address.
  private static func isHostName(_ host: Substring) -> Bool {
    guard 1...253 ~= host.utf8.count else { return false }
    let labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let areGood = labels.allSatisfy { label in
      1...63 ~= label.count && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }
    let isNumeric = labels.last?.allSatisfy(\.isDigit) ?? false
    return areGood && (!isNumeric || isAddress(host, AF_INET))
  }

  private static func isAddress(_ text: Substring, _ family: Int32) -> Bool {
    guard !text.utf8.contains(0) else { return false }
    var address = in6_addr()
    return inet_pton(family, String(text), &address) == 1
  }

  /// The path without the slash at its end; nil if it has characters that a path has not, a bad `%` escape, or dot segments.
  private static func pathPrefix(_ path: Substring) -> String? {
    var bytes = Array(path.utf8)
    while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    for (index, byte) in bytes.enumerated() {
      if byte == UInt8(ascii: "%") {
        let escape = bytes[(index + 1)...].prefix(2)
        guard escape.count == 2, escape.allSatisfy({ $0.isDigit || "abcdefABCDEF".utf8.contains($0) }) else { return nil }
      } else if !isLetterOrDigit(byte), !"-._~!$&'()*+,;=:@/".utf8.contains(byte) {
        return nil
      }
    }
    let text = String(decoding: bytes, as: UTF8.self)
    return text.split(separator: "/").contains { $0 == "." || $0 == ".." } ? nil : text
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    byte.isDigit || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
  }
}
