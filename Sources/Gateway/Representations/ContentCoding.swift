/// How the bytes of an answer are coded (RFC 9110 §8.4.1), the least wanted first.
enum ContentCoding: UInt8, Sendable, CaseIterable, Comparable {
  case identity
  case gzip
  case br

  /// Its name in `Content-Encoding`; nil for the identity, which is never named there.
  var name: String? {
    switch self {
    case .identity: nil
    case .gzip: "gzip"
    case .br: "br"
    }
  }

  static func < (left: ContentCoding, right: ContentCoding) -> Bool { left.rawValue < right.rawValue }
}
