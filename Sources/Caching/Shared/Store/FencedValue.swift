import NIOCore

/// What lies in Redis for a section: the token of the lease that it was fetched under, 16 decimal digits, then the envelope.
///
/// In one value, so that neither is ever there without the other; in the front and in decimal, for the script that compares it.
enum FencedValue {
  /// Beyond it a Lua number would lose its last digit (2⁵³).
  static let digits = 16

  /// - Parameter token: 0 for none.
  static func bytes(_ envelope: ByteBuffer, token: Int64) -> ByteBuffer {
    var bytes = ByteBuffer()
    bytes.reserveCapacity(digits + envelope.readableBytes)
    bytes.writeString(text(of: token))
    bytes.writeImmutableBuffer(envelope)
    return bytes
  }

  /// The envelope; nil where there is no token before it.
  static func envelope(_ bytes: ByteBuffer) -> ByteBuffer? {
    var rest = bytes
    guard let token = rest.readSlice(length: digits), token.readableBytesView.allSatisfy(\.isDigit) else { return nil }
    return rest
  }

  /// Sixteen digits; tokens outside of them count as none.
  static func text(of token: Int64) -> String {
    guard token >= 0 else { return String(repeating: "0", count: digits) }
    let text = String(token)
    guard text.utf8.count <= digits else { return String(repeating: "0", count: digits) }
    return String(repeating: "0", count: digits - text.utf8.count) + text
  }
}
