package import Settings

/// `redis://[user[:password]@]host[:port][/database]`, `rediss://…` (TLS) or `unix://[user:password@]/path/to.sock[?db=1]`.
///
/// User and password may have `%XX` escapes. A lone word before the `@` is the password, as in the wild: `redis://:secret@host` and
/// `redis://secret@host` mean the same. No description shows the password.
package struct RedisURL: Sendable, Hashable, CustomStringConvertible {
  package let endpoint: RedisEndpoint
  package let usesTLS: Bool
  package let user: String?
  package let password: Secret?
  /// From 0 to 65535.
  package let database: Int

  package static let allowed = "redis:// or rediss:// with a host, or unix:// with a path; then /database"

  /// Nil for everything that is not such a URL.
  package init?(_ text: String) {
    guard text.utf8.count <= 4096, let separator = text.firstRange(of: "://") else { return nil }
    let scheme = text[..<separator.lowerBound].lowercased()
    var rest = text[separator.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    if let at = authority.lastIndex(of: "@") {
      guard let login = Self.login(rest[..<at]) else { return nil }
      (user, password) = login
      rest = rest[rest.index(after: at)...]
    } else {
      (user, password) = (nil, nil)
    }
    usesTLS = scheme == "rediss"
    if scheme == "unix" {
      guard let (path, database) = Self.socket(rest) else { return nil }
      (endpoint, self.database) = (.unix(path: path), database)
    } else {
      guard let url = BaseURL("\(scheme)://\(rest)", schemes: ["redis", "rediss"]) else { return nil }
      guard let database = url.pathPrefix.isEmpty ? 0 : Self.database(url.pathPrefix.dropFirst()) else { return nil }
      (endpoint, self.database) = (.tcp(host: url.host, port: url.port), database)
    }
  }

  /// A server without TLS or password.
  package init(endpoint: RedisEndpoint) {
    self.endpoint = endpoint
    (usesTLS, user, password, database) = (false, nil, nil, 0)
  }

  package var description: String {
    let login = password == nil ? "" : "\(user ?? ""):***@"
    switch endpoint {
    case .tcp(let host, let port):
      let name = host.contains(":") ? "[\(host)]" : host
      return "\(usesTLS ? "rediss" : "redis")://\(login)\(name):\(port)/\(database)"
    case .unix(let path):
      return "unix://\(login)\(path)?db=\(database)"
    }
  }

  private static func login(_ text: Substring) -> (String?, Secret?)? {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map { unescaped($0) }
    guard let first = parts.first ?? nil else { return nil }
    guard parts.count == 2 else { return first.isEmpty ? nil : (nil, Secret(first)) }
    guard let password = parts[1], !password.isEmpty else { return nil }
    return (first.isEmpty ? nil : first, Secret(password))
  }

  private static func socket(_ text: Substring) -> (String, Int)? {
    let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard let path = parts.first.flatMap({ unescaped($0) }), path.hasPrefix("/"), path.utf8.count <= 100 else { return nil }
    guard parts.count == 2 else { return (path, 0) }
    guard parts[1].hasPrefix("db="), let database = database(parts[1].dropFirst(3)) else { return nil }
    return (path, database)
  }

  private static func database(_ text: Substring) -> Int? {
    guard 1...5 ~= text.utf8.count, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    return Int(text).flatMap { $0 <= 65_535 ? $0 : nil }
  }

  /// The text without its `%XX` escapes; nil for a bad one, and for what is not UTF-8 then.
  private static func unescaped(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = rest.prefix(2)
      let isHex = digits.count == 2 && digits.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
      guard isHex, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
