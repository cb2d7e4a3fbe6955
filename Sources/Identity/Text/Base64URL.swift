/// Base64 with the URL-safe alphabet and without padding (RFC 4648 §5, RFC 7515 §2).
package enum Base64URL {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// What each byte stands for; 0xFF: nothing.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xFF, count: 256)
    for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(value) }
    return values
  }()

  /// Nil for everything but the one way to write these bytes: no padding, no blanks, no other alphabet, no bits set behind the last
  /// byte. A token that could be written in two ways could be remembered, and revoked, under one and used under the other.
  package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    guard text.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3 + 2)
    var (word, bits) = (UInt32(0), UInt32(0))
    for byte in text {
      let value = values[Int(byte)]
      guard value != 0xFF else { return nil }
      word = word << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: word >> bits))
        word &= 1 << bits - 1
      }
    }
    return word == 0 ? bytes : nil
  }

  package static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    encode(bytes) { text.append($0) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Gives the characters one by one, for who has a place for them already.
  package static func encode(_ bytes: some Sequence<UInt8>, _ emit: (UInt8) -> Void) {
    var (word, bits) = (UInt32(0), UInt32(0))
    for byte in bytes {
      word = word << 8 | UInt32(byte)
      bits += 8
      while bits >= 6 {
        bits -= 6
        emit(alphabet[Int(word >> bits)])
        word &= 1 << bits - 1
      }
    }
    if bits > 0 { emit(alphabet[Int(word << (6 - bits))]) }
  }
}
