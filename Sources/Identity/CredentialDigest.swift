import Crypto

/// SHA-256 of a credential: the same for the same, and no way back.
package struct CredentialDigest: Sendable, Hashable, CustomStringConvertible {
  private let words: (UInt64, UInt64, UInt64, UInt64)

  package init(of credential: some Sequence<UInt8>) {
    // A native string and an array are hashed where they lie.
    let hash =
      credential.withContiguousStorageIfAvailable { SHA256.hash(data: UnsafeRawBufferPointer($0)) }
      ?? SHA256.hash(data: Array(credential))
    words = hash.withUnsafeBytes { bytes in
      func word(_ at: Int) -> UInt64 { UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)) }
      return (word(0), word(8), word(16), word(24))
    }
  }

  package static func == (left: Self, right: Self) -> Bool { left.words == right.words }

  package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

  /// The first 64 bits in hexadecimal: enough to tell principals apart in a log.
  package var description: String {
    let text = String(words.0, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}
