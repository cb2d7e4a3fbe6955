import Crypto
package import NIOCore

/// Writes envelopes and reads them back. Numbers are big-endian.
///
/// ```
/// magic "TRBS" 4 | schema 1 | flags 1 | key id's length 1 | 0 | cache key 32 | digest 32      always: 72 bytes
/// key id | nonce 12                                                                          when encrypted
/// payload (`EnvelopePayload`) | tag 16 when encrypted
/// ```
///
/// The digest is over everything but itself, in the plain: SHA-256, or with a key ring HMAC-SHA256 under a key derived from the encrypting one, as
/// a bare hash would let one try guesses of the content. Encrypted is with AES-256-GCM (NIST SP 800-38D); everything before the payload,
/// digest and cache key included, is authenticated with it. Compressed before encrypted: the length tells how well the body compresses.
package struct EnvelopeCodec: Sendable {
  static let magic: UInt32 = 0x5452_4253
  package static let schema: UInt8 = 3
  static let headLength = 72
  static let nonceLength = 12
  static let tagLength = 16

  private let ring: KeyRing?
  private let compressionThreshold: Int

  /// - Parameters:
  ///   - ring: encrypts; nil for plain envelopes. With a ring plain ones are refused.
  ///   - threshold: longer bodies are compressed, if that makes them smaller. In bytes.
  package init(ring: KeyRing? = nil, compressingOver threshold: Int = 1024) {
    self.ring = ring
    compressionThreshold = threshold
  }

  /// The bytes to be stored under `key`; nil when the envelope is too big to be read back (see its limits).
  package func encode(_ envelope: Envelope, for key: CacheKey) -> ByteBuffer? {
    guard let payload = EnvelopePayload.encode(envelope, compressingOver: compressionThreshold) else { return nil }
    let secret = ring?.newest
    var head = EnvelopeHead(
      isCompressed: payload.isCompressed, key: key, keyID: Array((secret?.id ?? "").utf8),
      nonce: secret.map { _ in Array(AES.GCM.Nonce()) } ?? [])
    head.digest = Self.digest(of: head, payload: payload.bytes.readableBytesView, with: secret)
    var bytes = ByteBuffer()
    bytes.reserveCapacity(Self.headLength + 64 + payload.bytes.readableBytes)
    head.write(to: &bytes)
    if let secret {
      guard let sealed = Self.seal(payload.bytes, head: bytes, nonce: head.nonce, with: secret) else { return nil }
      bytes.writeBytes(sealed.ciphertext)
      bytes.writeBytes(sealed.tag)
    } else {
      bytes.writeImmutableBuffer(payload.bytes)
    }
    return bytes
  }

  /// The envelope that was stored under `key`, if these bytes are just that. Its body lies in memory of its own, of just its size.
  package func decode(_ bytes: ByteBuffer, for key: CacheKey) throws(Envelope.Refusal) -> Envelope {
    guard bytes.readableBytes <= Envelope.maxBody + (1 << 20) else { throw .size }
    var rest = bytes
    let head = try EnvelopeHead(reading: &rest)
    guard head.key == key else { throw .key }
    let payload: ByteBuffer
    var secret: KeyRing.Key?
    if head.isEncrypted {
      guard let found = ring?.key(id: head.keyID) else { throw .unknownKey }
      secret = found
      let headBytes = bytes.getSlice(at: bytes.readerIndex, length: bytes.readableBytes - rest.readableBytes)
      payload = try Self.open(rest, head: headBytes ?? ByteBuffer(), nonce: head.nonce, with: found)
    } else {
      guard ring == nil else { throw .notEncrypted }
      payload = rest
    }
    guard Self.isEqual(head.digest, Self.digest(of: head, payload: payload.readableBytesView, with: secret)) else {
      throw .digest
    }
    return try EnvelopePayload.decode(payload, isCompressed: head.isCompressed)
  }

  private static func digest(of head: EnvelopeHead, payload: ByteBufferView, with secret: KeyRing.Key?) -> [UInt8] {
    var covered = ByteBuffer()
    head.writeCovered(to: &covered)
    if let secret {
      var digest = HMAC<SHA256>(key: secret.digestSecret)
      covered.withUnsafeReadableBytes { digest.update(data: $0) }
      payload.withUnsafeBytes { digest.update(data: $0) }
      return Array(digest.finalize())
    }
    var digest = SHA256()
    covered.withUnsafeReadableBytes { digest.update(bufferPointer: $0) }
    payload.withUnsafeBytes { digest.update(bufferPointer: $0) }
    return Array(digest.finalize())
  }

  /// In the same time whatever the difference.
  private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  private static func seal(_ payload: ByteBuffer, head: ByteBuffer, nonce: [UInt8], with key: KeyRing.Key) -> AES.GCM.SealedBox? {
    // It fails for keys and nonces of other lengths only.
    guard let nonce = try? AES.GCM.Nonce(data: nonce) else { return nil }
    return try? AES.GCM.seal(
      Array(payload.readableBytesView), using: key.secret, nonce: nonce, authenticating: Array(head.readableBytesView))
  }

  private static func open(
    _ rest: ByteBuffer, head: ByteBuffer, nonce: [UInt8], with key: KeyRing.Key
  ) throws(Envelope.Refusal) -> ByteBuffer {
    let sealed = Array(rest.readableBytesView)
    guard sealed.count >= tagLength else { throw .malformed }
    do {
      let box = try AES.GCM.SealedBox(
        nonce: AES.GCM.Nonce(data: nonce), ciphertext: sealed.dropLast(tagLength), tag: sealed.suffix(tagLength))
      return ByteBuffer(bytes: try AES.GCM.open(box, using: key.secret, authenticating: Array(head.readableBytesView)))
    } catch {
      throw .digest
    }
  }
}
