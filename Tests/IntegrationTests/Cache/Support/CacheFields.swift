extension RawResponse {
  /// What `Cache-Status` (RFC 9211) says of a section: all behind the cache's name.
  func cacheStatus(of section: String) -> String? {
    for member in (self["cache-status"] ?? "").split(separator: ", ") where member.hasPrefix("tributary/\(section);") {
      return String(member.dropFirst("tributary/\(section);".count))
    }
    return nil
  }

  /// Whether every section came from there.
  func isHit(in store: String) -> Bool {
    sections.allSatisfy { cacheStatus(of: $0.key)?.wholeMatch(of: /hit;ttl=\d+;detail=(\w+)/)?.1 == store[...] }
  }

  /// The seconds of `Cache-Control: private, max-age=…`.
  var maxAge: Int? { self["cache-control"]?.wholeMatch(of: /private, max-age=(\d+)/).flatMap { Int($0.1) } }
}
