/// What a browser may do with a page of ours (`Content-Security-Policy`, level 3). All of it comes from this gateway: no page asks another
/// host for anything, whatever stands in it.
struct PagePolicy: Sendable, Equatable {
  let text: String

  /// Scripts and styles in files of their own.
  static let strict = PagePolicy(styles: "'self'", more: [])

  /// What Swagger UI and ReDoc need besides: styles that they write into the page, and a worker for the search.
  static let documentation = PagePolicy(styles: "'self' 'unsafe-inline'", more: ["worker-src blob:"])

  private init(styles: String, more: [String]) {
    text =
      ([
        "default-src 'none'", "script-src 'self'", "style-src \(styles)", "img-src 'self' data:", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
      ] + more).joined(separator: "; ")
  }
}
