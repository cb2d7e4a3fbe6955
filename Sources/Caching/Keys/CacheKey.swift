/// The digest that a section is kept under: 32 bytes, from which nothing can be read back.
///
/// Two keys are equal when all 32 bytes are. Kept whole: this digest is what keeps two principals apart.
package struct CacheKey: Sendable, Hashable {
  let words: (UInt64, UInt64, UInt64, UInt64)

  /// The first 32 bytes of `digest`; nil when there are fewer or more.
  package init?(digest: some Sequence<UInt8>) {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    let isWhole = withUnsafeMutableBytes(of: &words) { target in
      var filled = 0
      for byte in digest {
        guard filled < Self.byteCount else { return false }
        target[filled] = byte
        filled += 1
      }
      return filled == Self.byteCount
    }
    guard isWhole else { return nil }
    self.words = words
  }

  package static let byteCount = 32

  package static func == (left: CacheKey, right: CacheKey) -> Bool { left.words == right.words }

  /// The first 8 bytes are enough: a digest's bytes are even already.
  package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

  /// The digest's bytes, for as long as `body` runs.
  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withUnsafeBytes(of: words, body)
  }
}

extension CacheKey: CustomStringConvertible {
  /// The first 6 bytes, for log lines: enough to find an entry by, not enough to be one.
  package var description: String { String(base64URL.prefix(8)) }

  /// The key's text in Redis: `prefix`, the section's name, a colon, and the digest in 43 characters between braces, which make a
  /// cluster keep all that belongs to it in one slot.
  ///
  /// Of all that went into the key the name of the section alone can be read.
  package func redisKey(prefix: String, section: String) -> String {
    var text = prefix
    text.reserveCapacity(prefix.utf8.count + section.utf8.count + 46)
    text += section
    text += ":{"
    text += base64URL
    text += "}"
    return text
  }

  /// RFC 4648 §5, without padding: 43 characters.
  private var base64URL: String {
    let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return withBytes { bytes in
      String(unsafeUninitializedCapacity: 43) { text in
        var bits: UInt32 = 0
        var held = 0
        var at = 0
        for byte in bytes {
          bits = bits << 8 | UInt32(byte)
          held += 8
          while held >= 6 {
            held -= 6
            text[at] = alphabet.utf8Start[Int(bits >> UInt32(held) & 63)]
            at += 1
          }
        }
        text[at] = alphabet.utf8Start[Int(bits << UInt32(6 - held) & 63)]
        return at + 1
      }
    }
  }
}
