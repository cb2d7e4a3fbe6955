import Resilience

/// What an upstream gave to ask later whether its answer has changed (RFC 9110 §8.8). Kept and sent back byte for byte.
package struct Validators: Sendable, Hashable {
  package let etag: String?
  package let lastModified: String?

  package static let none = Validators()

  private init() { (etag, lastModified) = (nil, nil) }

  /// Longest `ETag` kept, in bytes.
  static let maxLength = 512

  /// Whatever is no entity tag or no date is left out: it would be refused, or end up as bytes of a request.
  package init(etag: String?, lastModified: String?) {
    self.etag = etag.flatMap { Self.isEntityTag($0) ? $0 : nil }
    self.lastModified = lastModified.flatMap { Timestamp(httpDate: $0) == nil ? nil : $0 }
  }

  /// As they come back from where they were stored, empty for none. That a date was one was seen when it came; here it need only be good
  /// for a header field.
  init(storedETag etag: String, lastModified: String) {
    self.etag = Self.isEntityTag(etag) ? etag : nil
    self.lastModified = !lastModified.isEmpty && lastModified.utf8.allSatisfy { (0x20...0x7E).contains($0) } ? lastModified : nil
  }

  /// The first `ETag` and `Last-Modified` of a response's header fields.
  package init(fields: some Sequence<(name: String, value: String)>) {
    var (etag, lastModified): (String?, String?)
    for (name, value) in fields {
      if etag == nil, name.isField("etag") { etag = value }
      if lastModified == nil, name.isField("last-modified") { lastModified = value }
    }
    self.init(etag: etag, lastModified: lastModified)
  }

  package var isEmpty: Bool { etag == nil && lastModified == nil }

  /// The fields of a conditional request, both when there are both (RFC 9111 §4.3.1).
  package var conditionalFields: [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    if let etag { fields.append((name: "if-none-match", value: etag)) }
    if let lastModified { fields.append((name: "if-modified-since", value: lastModified)) }
    return fields
  }

  /// RFC 9110 §8.8.3: `"…"` or `W/"…"`, without quotes, spaces or controls inside.
  private static func isEntityTag(_ text: String) -> Bool {
    var bytes = text.utf8[...]
    guard bytes.count <= maxLength else { return false }
    if bytes.starts(with: "W/".utf8) { bytes = bytes.dropFirst(2) }
    let quote = UInt8(ascii: "\"")
    guard bytes.count >= 2, bytes.popFirst() == quote, bytes.popLast() == quote else { return false }
    return bytes.allSatisfy { $0 == 0x21 || (0x23...0x7E).contains($0) || $0 >= 0x80 }
  }
}
