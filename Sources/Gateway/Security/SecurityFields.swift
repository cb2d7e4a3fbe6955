/// What every answer tells a browser: to take it for what it says it is, and to do nothing with it but read it.
///
/// `Cross-Origin-Resource-Policy` is about requests without CORS (Fetch §3.7): a page of an allowed origin reads as before, and none can
/// embed an answer.
enum SecurityFields {
  /// The one that a page has another value of (``PagePolicy``).
  static let policy = "Content-Security-Policy"

  private static let always: [(name: String, value: String)] = [
    ("X-Content-Type-Options", "nosniff"),
    (policy, "default-src 'none'; frame-ancestors 'none'"),
    // For those who do not know frame-ancestors.
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
  ]

  /// Where there is TLS at this listener (RFC 6797 §7.2: never without). A year; whether it is for other hosts too is not ours to say.
  private static let withTLS = (name: "Strict-Transport-Security", value: "max-age=31536000")

  static func all(isTLS: Bool) -> [(name: String, value: String)] { isTLS ? always + [withTLS] : always }
}
