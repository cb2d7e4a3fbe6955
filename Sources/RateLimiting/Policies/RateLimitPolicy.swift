package import Resilience

/// One limit: who is counted, where, and how much is too much.
package struct RateLimitPolicy: Sendable, Hashable {
  /// What requests are counted by.
  package enum Subject: String, Sendable, CaseIterable {
    /// The client's address; IPv6 by /64, which is what one customer is given.
    case address
    /// Whoever has proved who they are, in whatever way. Nobody else is counted.
    case principal
    /// The same, of those who came with an API key.
    case apiKey = "api_key"
  }

  package let name: String
  package let subject: Subject
  /// Paths as they are routed; nil: all, but for those by which others see that the process lives.
  package let routes: Set<String>?
  package let rule: GCRA
  /// Its member of `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers): `"name";q=120;w=72`, what may pass at once and in how many
  /// seconds all of that is there again.
  package let member: String

  package init(name: String, subject: Subject, routes: Set<String>? = nil, rule: GCRA) {
    self.name = name
    self.subject = subject
    self.routes = routes
    self.rule = rule
    member = "\"\(name)\";q=\(rule.capacity);w=\(rule.room.wholeSeconds)"
  }

  package func applies(to path: some StringProtocol) -> Bool { routes?.contains(String(path)) ?? true }
}

extension Int64 {
  /// Nanoseconds as seconds, rounded up.
  package var wholeSeconds: Int64 { self <= 0 ? 0 : (self - 1) / 1_000_000_000 + 1 }
}
