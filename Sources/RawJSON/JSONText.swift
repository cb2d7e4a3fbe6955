import CSimdjson

/// The content of a string in a body, compared, ordered and hashed without making a `String`.
///
/// It points into the body: it must not outlive the `withUnsafeBytes` that it was made in. Two texts are equal if their
/// *unescaped* UTF-8
/// bytes are (`"vi\u0065ws"` is `"views"`); the order is that of these bytes, which is the order of the code points. Lone
/// surrogates count
/// as U+FFFD. Hashing is seeded (`Hasher`): names from strangers cannot be chosen to collide.
package struct JSONText: Hashable, Comparable {
  /// The bytes between the quotes as they stand.
  package let raw: UnsafeRawBufferPointer
  /// False in almost all strings; then `raw` is the text itself.
  package let hasEscapes: Bool

  init(raw: UnsafeRawBufferPointer, hasEscapes: Bool) {
    self.raw = raw
    self.hasEscapes = hasEscapes
  }

  package var isEmpty: Bool { raw.isEmpty }

  /// The text, unescaped.
  package var string: String {
    withBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// Calls `body` with the unescaped UTF-8 bytes. Copies only if there are escapes.
  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    guard hasEscapes else { return body(raw) }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: raw.count) { plain in
      let size = csj_unescape(raw.baseAddress?.assumingMemoryBound(to: UInt8.self), raw.count, plain.baseAddress, plain.count)
      // Unescaping never makes a text longer, so the size is never "does not fit".
      return body(UnsafeRawBufferPointer(start: plain.baseAddress, count: min(Int(clamping: size), plain.count)))
    }
  }

  package static func == (left: JSONText, right: JSONText) -> Bool {
    if left.hasEscapes || right.hasEscapes { return compare(left, right) == 0 }
    return left.raw.count == right.raw.count && compare(left.raw, right.raw) == 0
  }

  package static func == (left: JSONText, right: StaticString) -> Bool {
    let right = UnsafeRawBufferPointer(start: right.utf8Start, count: right.utf8CodeUnitCount)
    if left.hasEscapes { return left.withBytes { compare($0, right) == 0 } }
    return left.raw.count == right.count && compare(left.raw, right) == 0
  }

  package static func < (left: JSONText, right: JSONText) -> Bool {
    compare(left, right) < 0
  }

  package func hash(into hasher: inout Hasher) {
    if hasEscapes { withBytes { hasher.combine(bytes: $0) } } else { hasher.combine(bytes: raw) }
  }

  /// A hash of the unescaped bytes for tables of one process: 40 instructions for a name where `Hasher` takes 300. Equal texts have
  /// equal hashes.
  package func hash(_ seed: HashSeed) -> UInt64 {
    hasEscapes ? withBytes { seed.hash($0) } : seed.hash(raw)
  }

  private static func compare(_ left: JSONText, _ right: JSONText) -> Int {
    left.withBytes { left in right.withBytes { right in compare(left, right) } }
  }

  /// Negative, zero or positive, as C's `memcmp`; of a text and its beginning the beginning is less.
  private static func compare(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    let order = csj_compare(left.baseAddress, right.baseAddress, min(left.count, right.count))
    return order != 0 ? Int(order) : left.count &- right.count
  }
}

extension JSONIndex.Cell {
  /// The content of a string; nil for every other kind.
  package func text(in bytes: UnsafeRawBufferPointer) -> JSONText? {
    guard isString, let raw = raw(in: bytes) else { return nil }
    return JSONText(raw: UnsafeRawBufferPointer(rebasing: raw[1..<(raw.count &- 1)]), hasEscapes: detail == Detail.escapedString)
  }

  /// A string's content or an integer's digits: an identifier, so that `7` and `"7"` are the same one. Nil for every other kind,
  /// also for
  /// `7.0`.
  package func identifier(in bytes: UnsafeRawBufferPointer) -> JSONText? {
    guard detail == Detail.integer else { return text(in: bytes) }
    return raw(in: bytes).map { JSONText(raw: $0, hasEscapes: false) }
  }

  /// A string's content, unescaped; nil for every other kind.
  package func string(in bytes: UnsafeRawBufferPointer) -> String? {
    text(in: bytes)?.string
  }
}
