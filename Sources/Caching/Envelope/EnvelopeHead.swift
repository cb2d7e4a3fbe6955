import NIOCore

/// What stands before the payload of an envelope; the layout is at `EnvelopeCodec`.
struct EnvelopeHead: Equatable {
  let isCompressed: Bool
  let key: CacheKey
  /// Empty when the payload is plain.
  let keyID: [UInt8]
  let nonce: [UInt8]
  var digest = [UInt8](repeating: 0, count: CacheKey.byteCount)

  var isEncrypted: Bool { !keyID.isEmpty }

  private static let compressed: UInt8 = 1
  private static let encrypted: UInt8 = 2

  init(isCompressed: Bool, key: CacheKey, keyID: [UInt8], nonce: [UInt8]) {
    self.isCompressed = isCompressed
    self.key = key
    self.keyID = keyID
    self.nonce = nonce
  }

  /// Takes the head off the bytes.
  init(reading bytes: inout ByteBuffer) throws(Envelope.Refusal) {
    guard bytes.readInteger(as: UInt32.self) == EnvelopeCodec.magic, let schema = bytes.readInteger(as: UInt8.self) else {
      throw .malformed
    }
    guard schema == EnvelopeCodec.schema else { throw .schema }
    guard let flags = bytes.readInteger(as: UInt8.self), flags & ~(Self.compressed | Self.encrypted) == 0,
      let idLength = bytes.readInteger(as: UInt8.self), bytes.readInteger(as: UInt8.self) == 0,
      let key = bytes.readBytes(length: CacheKey.byteCount).flatMap({ CacheKey(digest: $0) }),
      let digest = bytes.readBytes(length: CacheKey.byteCount), let keyID = bytes.readBytes(length: Int(idLength)),
      (flags & Self.encrypted != 0) == !keyID.isEmpty,
      let nonce = bytes.readBytes(length: keyID.isEmpty ? 0 : EnvelopeCodec.nonceLength)
    else { throw .malformed }
    isCompressed = flags & Self.compressed != 0
    self.key = key
    self.keyID = keyID
    self.nonce = nonce
    self.digest = digest
  }

  func write(to bytes: inout ByteBuffer) {
    writeStart(to: &bytes)
    bytes.writeBytes(digest)
    bytes.writeBytes(keyID)
    bytes.writeBytes(nonce)
  }

  /// What the digest covers of the head.
  func writeCovered(to bytes: inout ByteBuffer) {
    writeStart(to: &bytes)
    bytes.writeBytes(keyID)
    bytes.writeBytes(nonce)
  }

  private func writeStart(to bytes: inout ByteBuffer) {
    bytes.writeInteger(EnvelopeCodec.magic)
    bytes.writeInteger(EnvelopeCodec.schema)
    bytes.writeInteger((isCompressed ? Self.compressed : 0) | (isEncrypted ? Self.encrypted : 0))
    bytes.writeInteger(UInt8(truncatingIfNeeded: keyID.count))
    bytes.writeInteger(UInt8(0))
    key.withBytes { _ = bytes.writeBytes($0) }
  }
}
