import Crypto
import Foundation

/// The keys that envelopes are encrypted with: the newest encrypts, all decrypt, so that a new one can be brought in while the old one's
/// envelopes are still about.
package struct KeyRing: Sendable, Equatable {
  struct Key: Sendable, Equatable {
    let id: String
    let secret: SymmetricKey
    /// For the digest within an envelope; another key for another purpose (RFC 5869).
    let digestSecret: SymmetricKey

    init(id: String, secret: SymmetricKey) {
      self.id = id
      self.secret = secret
      digestSecret = HKDF<SHA256>.deriveKey(
        inputKeyMaterial: secret, info: Data("tributary-envelope-digest".utf8), outputByteCount: 32)
    }
  }

  /// The newest first; never empty.
  private let keys: [Key]

  package enum Problem: Error, Equatable, CustomStringConvertible {
    case empty
    /// No colon, an id that is not 1 to 32 of `A-Z a-z 0-9 . _ -`, or no base64. Numbers count from 1.
    case malformed(entry: Int)
    /// Not 32 bytes.
    case wrongLength(entry: Int)
    case repeatedID(entry: Int)

    /// Says where, and nothing of a key.
    package var description: String {
      switch self {
      case .empty: "no key"
      case .malformed(let entry): "entry \(entry) is not id:base64 (an id has 1 to 32 of A-Z a-z 0-9 . _ -)"
      case .wrongLength(let entry): "the key of entry \(entry) has not 32 bytes"
      case .repeatedID(let entry): "the id of entry \(entry) was there before"
      }
    }
  }

  /// Reads `id:base64` entries between commas or line ends, the newest first, each key 32 bytes (AES-256).
  package init(_ text: String) throws(Problem) {
    var keys: [Key] = []
    var number = 0
    for entry in text.split(whereSeparator: { $0 == "," || $0.isNewline }) {
      let parts = entry.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      if parts == [""] { continue }
      number += 1
      guard parts.count == 2, Self.isID(parts[0]), let bytes = Data(base64Encoded: parts[1]) else {
        throw .malformed(entry: number)
      }
      guard bytes.count == 32 else { throw .wrongLength(entry: number) }
      guard !keys.contains(where: { $0.id == parts[0] }) else { throw .repeatedID(entry: number) }
      keys.append(Key(id: parts[0], secret: SymmetricKey(data: bytes)))
    }
    guard !keys.isEmpty else { throw .empty }
    self.keys = keys
  }

  var newest: Key { keys[0] }

  func key(id: some Sequence<UInt8>) -> Key? { keys.first { $0.id.utf8.elementsEqual(id) } }

  private static func isID(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || [45, 46, 95].contains($0)
      }
  }
}
