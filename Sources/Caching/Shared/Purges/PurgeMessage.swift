import Crypto
import NIOCore
import Resilience

/// Purge marks on their way from one replica to the others, or kept for those that were not listening.
package struct PurgeMessage: Sendable, Equatable {
  /// The replica's own, drawn at its start.
  package let sender: UInt64
  package let marks: PurgeMarks

  /// Why bytes are no message that may be used. The words are for a counter.
  package enum Refusal: String, Error, Hashable, CaseIterable {
    case malformed
    /// Of another version, newer or older.
    case version
    case size
    /// Without a signature, while there is a secret; or signed, while there is none.
    case notSigned = "not_signed"
    /// With a wrong one.
    case signature
  }
}

/// Writes purge messages and reads them back. Numbers are big-endian.
///
/// ```
/// magic "TRBP" 4 | version 1 | flags 1: signed 1 | count of marks 2 | sender 8
/// for each: kind 1: soft 1, hard 2 | moment, ms 8 | length 2, tag
/// HMAC-SHA256 32, when signed: over everything before it
/// ```
///
/// A message holds nothing that wears out: to get one twice, or late, changes nothing (``PurgeMarks/merge(_:notAfter:)``).
struct PurgeCodec: Sendable {
  /// Of a message, in bytes: some hundred marks. More go into more messages.
  static let maxBytes = 4096
  private static let magic: UInt32 = 0x5452_4250
  private static let version: UInt8 = 1
  private static let signatureLength = 32

  private let secret: SymmetricKey?

  /// - Parameters:
  ///   - secret: the deployment's; nil or empty: messages are not signed.
  ///   - prefix: what was signed for another one does not hold here.
  init(secret: [UInt8]?, prefix: String) {
    self.secret = secret.flatMap { secret in
      secret.isEmpty
        ? nil
        : HKDF<SHA256>.deriveKey(
          inputKeyMaterial: SymmetricKey(data: secret), info: Array("tributary-purge \(prefix)".utf8), outputByteCount: 32)
    }
  }

  /// As many messages as it takes. A tag longer than any that a section can have is left out.
  func encode(_ marks: PurgeMarks, sender: UInt64) -> [ByteBuffer] {
    var messages: [ByteBuffer] = []
    var body = ByteBuffer()
    var count: UInt16 = 0
    func close() {
      guard count > 0 else { return }
      messages.append(message(body, count: count, sender: sender))
      body = ByteBuffer()
      count = 0
    }
    for (tag, kind, moment) in Self.list(marks) where tag.utf8.count <= Envelope.maxTagLength {
      if body.readableBytes + tag.utf8.count + 11 > Self.maxBytes - 64 { close() }
      body.writeInteger(kind.rawValue)
      body.writeInteger(moment.milliseconds)
      body.writeInteger(UInt16(tag.utf8.count))
      body.writeString(tag)
      count += 1
    }
    close()
    return messages
  }

  func decode(_ bytes: ByteBuffer) throws(PurgeMessage.Refusal) -> PurgeMessage {
    guard bytes.readableBytes <= Self.maxBytes else { throw .size }
    var rest = bytes
    guard rest.readInteger(as: UInt32.self) == Self.magic, let version = rest.readInteger(as: UInt8.self) else {
      throw .malformed
    }
    guard version == Self.version else { throw .version }
    guard let flags = rest.readInteger(as: UInt8.self), flags <= 1, let count = rest.readInteger(as: UInt16.self),
      let sender = rest.readInteger(as: UInt64.self)
    else { throw .malformed }
    guard (flags == 1) == (secret != nil) else { throw .notSigned }
    if let secret {
      guard rest.readableBytes >= Self.signatureLength else { throw .malformed }
      let signature = rest.readableBytesView.suffix(Self.signatureLength)
      let signed = bytes.readableBytesView.dropLast(Self.signatureLength)
      guard HMAC<SHA256>.isValidAuthenticationCode(Array(signature), authenticating: Array(signed), using: secret) else {
        throw .signature
      }
      rest = rest.getSlice(at: rest.readerIndex, length: rest.readableBytes - Self.signatureLength) ?? ByteBuffer()
    }
    return PurgeMessage(sender: sender, marks: try Self.marks(&rest, count: count))
  }

  private static func marks(_ rest: inout ByteBuffer, count: UInt16) throws(PurgeMessage.Refusal) -> PurgeMarks {
    var marks = PurgeMarks()
    for _ in 0..<count {
      guard let kind = rest.readInteger(as: UInt8.self).flatMap(Kind.init), let moment = rest.readInteger(as: Int64.self),
        let length = rest.readInteger(as: UInt16.self), length <= Envelope.maxTagLength,
        let tag = rest.readBytes(length: Int(length)).flatMap({ String(validating: $0, as: UTF8.self) })
      else { throw .malformed }
      marks.purge(tag, mode: kind == .soft ? .soft : .hard, at: Timestamp(milliseconds: moment))
    }
    guard rest.readableBytes == 0 else { throw .malformed }
    return marks
  }

  private enum Kind: UInt8 {
    case soft = 1
    case hard
  }

  private static func list(_ marks: PurgeMarks) -> [(String, Kind, Timestamp)] {
    let all = marks.tags.map { ($0.key, $0.value) } + [(PurgeMarks.everything, marks.all)]
    return all.flatMap { tag, mark in
      [mark.soft.map { (tag, .soft, $0) }, mark.hard.map { (tag, .hard, $0) }].compactMap { $0 }
    }
  }

  private func message(_ body: ByteBuffer, count: UInt16, sender: UInt64) -> ByteBuffer {
    var bytes = ByteBuffer()
    bytes.reserveCapacity(body.readableBytes + 64)
    bytes.writeInteger(Self.magic)
    bytes.writeInteger(Self.version)
    bytes.writeInteger(UInt8(secret == nil ? 0 : 1))
    bytes.writeInteger(count)
    bytes.writeInteger(sender)
    bytes.writeImmutableBuffer(body)
    if let secret {
      bytes.writeBytes(HMAC<SHA256>.authenticationCode(for: Array(bytes.readableBytesView), using: secret))
    }
    return bytes
  }
}
