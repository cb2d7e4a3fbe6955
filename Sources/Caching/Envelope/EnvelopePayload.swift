import NIOCore
import Resilience

/// The inner part of an envelope: what is known about the body, and the body.
///
/// ```
/// fetched at, ms 8 | fresh, ms 8 | stale-while-revalidate, ms 8 | stale-if-error, ms 8
/// ETag: length 2, bytes | Last-Modified: length 2, bytes            0 for none
/// tags: count 2, each: length 2, bytes
/// body's length 4 | findings: 0 1, or 1 1 and `BodyFindings` 48
/// body, to the end; an LZ4 block when compressed
/// ```
struct EnvelopePayload {
  let bytes: ByteBuffer
  let isCompressed: Bool

  /// Nil when it is over a limit of `Envelope`.
  ///
  /// - Parameter threshold: longer bodies are compressed, if that makes them smaller. In bytes.
  static func encode(_ envelope: Envelope, compressingOver threshold: Int) -> EnvelopePayload? {
    let body = envelope.body.readableBytesView
    guard body.count <= Envelope.maxBody, envelope.tags.count <= Envelope.maxTags,
      envelope.tags.allSatisfy({ $0.utf8.count <= Envelope.maxTagLength })
    else { return nil }
    let compressed = body.count > threshold ? LZ4.compress(body) : nil
    var bytes = ByteBuffer()
    bytes.reserveCapacity((compressed?.count ?? body.count) + 512)
    let (freshness, lifetimes) = (envelope.freshness, envelope.freshness.lifetimes)
    for number in [freshness.fetchedAt.milliseconds, lifetimes.fresh, lifetimes.staleWhileRevalidate, lifetimes.staleIfError] {
      bytes.writeInteger(number)
    }
    bytes.write(text: envelope.validators.etag ?? "")
    bytes.write(text: envelope.validators.lastModified ?? "")
    bytes.writeInteger(UInt16(envelope.tags.count))
    for tag in envelope.tags { bytes.write(text: tag) }
    bytes.writeInteger(UInt32(body.count))
    bytes.writeInteger(UInt8(envelope.findings == nil ? 0 : 1))
    envelope.findings?.write(to: &bytes)
    if let compressed { bytes.writeBytes(compressed) } else { bytes.writeBytes(body) }
    return EnvelopePayload(bytes: bytes, isCompressed: compressed != nil)
  }

  static func decode(_ payload: ByteBuffer, isCompressed: Bool) throws(Envelope.Refusal) -> Envelope {
    var rest = payload
    guard let fetchedAt = rest.readInteger(as: Int64.self), let fresh = rest.readInteger(as: Int64.self),
      let whileRevalidate = rest.readInteger(as: Int64.self), let ifError = rest.readInteger(as: Int64.self),
      let etag = rest.readText(atMost: Validators.maxLength), let lastModified = rest.readText(atMost: Validators.maxLength),
      let tagCount = rest.readInteger(as: UInt16.self), Int(tagCount) <= Envelope.maxTags
    else { throw .malformed }
    var tags: [String] = []
    tags.reserveCapacity(Int(tagCount))
    for _ in 0..<tagCount {
      guard let tag = rest.readText(atMost: Envelope.maxTagLength) else { throw .malformed }
      tags.append(tag)
    }
    guard let size = rest.readInteger(as: UInt32.self) else { throw .malformed }
    guard Int(size) <= Envelope.maxBody else { throw .size }
    let findings = try findings(&rest, size: Int(size))
    let lifetimes = Lifetimes(fresh: fresh, staleWhileRevalidate: whileRevalidate, staleIfError: ifError)
    return Envelope(
      freshness: Freshness(fetchedAt: Timestamp(milliseconds: fetchedAt), lifetimes: lifetimes), tags: tags,
      validators: Validators(storedETag: etag, lastModified: lastModified), findings: findings,
      body: try body(rest, size: Int(size), isCompressed: isCompressed))
  }

  private static func findings(_ rest: inout ByteBuffer, size: Int) throws(Envelope.Refusal) -> BodyFindings? {
    switch rest.readInteger(as: UInt8.self) {
    case 0: return nil
    case 1:
      guard let findings = BodyFindings(reading: &rest, size: size) else { throw .malformed }
      return findings
    default: throw .malformed
    }
  }

  private static func body(_ rest: ByteBuffer, size: Int, isCompressed: Bool) throws(Envelope.Refusal) -> ByteBuffer {
    guard isCompressed else {
      guard rest.readableBytes == size else { throw .size }
      return rest.exactCopy()
    }
    guard let body = LZ4.decompress(rest.readableBytesView, size: size) else { throw .size }
    return body
  }
}

extension ByteBuffer {
  /// Length in 2 bytes, then UTF-8. The caller has seen to it that it fits.
  fileprivate mutating func write(text: String) {
    writeInteger(UInt16(text.utf8.count))
    writeString(text)
  }

  /// Nil for what is longer than `most`, or no UTF-8.
  fileprivate mutating func readText(atMost most: Int) -> String? {
    guard let length = readInteger(as: UInt16.self), Int(length) <= most, let bytes = readBytes(length: Int(length)) else {
      return nil
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
