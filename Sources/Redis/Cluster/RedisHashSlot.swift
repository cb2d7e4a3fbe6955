import NIOCore

/// Which of the 16,384 slots of a cluster a key lives in: CRC-16/XMODEM of the key, or of its hash tag (Redis Cluster specification,
/// "Key distribution model" and "Hash tags").
enum RedisHashSlot {
  static let count = 16_384

  static func slot(of key: ByteBuffer) -> UInt16 {
    key.withUnsafeReadableBytes { crc(tag(of: $0)) % UInt16(count) }
  }

  /// What is between the first `{` and the first `}` after it, where there is anything; else the whole key.
  private static func tag(of key: UnsafeRawBufferPointer) -> Slice<UnsafeRawBufferPointer> {
    guard let open = key.firstIndex(of: UInt8(ascii: "{")) else { return key[...] }
    let rest = key[(open + 1)...]
    guard let close = rest.firstIndex(of: UInt8(ascii: "}")), close > rest.startIndex else { return key[...] }
    return rest[..<close]
  }

  /// By the half byte: a table of 16 words is enough for keys of 40 bytes.
  private static func crc(_ bytes: Slice<UnsafeRawBufferPointer>) -> UInt16 {
    var crc: UInt16 = 0
    for byte in bytes {
      crc = crc << 4 ^ table(crc >> 12 ^ UInt16(byte >> 4))
      crc = crc << 4 ^ table(crc >> 12 ^ UInt16(byte & 0x0F))
    }
    return crc
  }

  /// `nibble` times the polynomial x¹⁶ + x¹² + x⁵ + 1, modulo it: without carries that is three shifts.
  private static func table(_ nibble: UInt16) -> UInt16 { nibble << 12 ^ nibble << 5 ^ nibble }
}
