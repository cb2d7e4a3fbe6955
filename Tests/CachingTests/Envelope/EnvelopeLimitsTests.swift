import Crypto
import NIOCore
import Resilience
import TestSupport
import Testing

@testable import Caching

/// What a hostile writer could make, with a right digest: plain envelopes have no secret.
@Suite struct EnvelopeLimitsTests {
  private static let key = EnvelopeTests.key

  /// An envelope around any payload, its digest right.
  private func wrapped(_ payload: ByteBuffer, isCompressed: Bool) -> ByteBuffer {
    var head = EnvelopeHead(isCompressed: isCompressed, key: Self.key, keyID: [], nonce: [])
    var covered = ByteBuffer()
    head.writeCovered(to: &covered)
    covered.writeImmutableBuffer(payload)
    head.digest = Array(SHA256.hash(data: Array(covered.readableBytesView)))
    var bytes = ByteBuffer()
    head.write(to: &bytes)
    bytes.writeImmutableBuffer(payload)
    return bytes
  }

  private func payload(size: UInt32, body: [UInt8]) -> ByteBuffer {
    var payload = ByteBuffer()
    for _ in 0..<4 { payload.writeInteger(Int64(1)) }
    for _ in 0..<3 { payload.writeInteger(UInt16(0)) }
    payload.writeInteger(size)
    payload.writeInteger(UInt8(0))
    payload.writeBytes(body)
    return payload
  }

  private func refusal(of payload: ByteBuffer, isCompressed: Bool) -> Envelope.Refusal? {
    do throws(Envelope.Refusal) {
      _ = try EnvelopeCodec().decode(wrapped(payload, isCompressed: isCompressed), for: Self.key)
      return nil
    } catch { return error }
  }

  @Test func aBodyThatUnfoldsToMoreThanItSaysIsRefused() throws {
    let bomb = try #require(LZ4.compress(ByteBuffer(repeating: 0, count: 10 << 20).readableBytesView))
    #expect(bomb.count < 100_000)
    #expect(refusal(of: payload(size: 10 << 20, body: bomb), isCompressed: true) == nil)
    for size: UInt32 in [0, 1, 1000, 10 << 20 - 1, 10 << 20 + 1, 16 << 20, 16 << 20 + 1, .max] {
      #expect(refusal(of: payload(size: size, body: bomb), isCompressed: true) == .size)
    }
    #expect(refusal(of: payload(size: 10 << 20, body: bomb + [0]), isCompressed: true) == .size)
    #expect(refusal(of: payload(size: 10 << 20, body: bomb.dropLast()), isCompressed: true) == .size)
    #expect(refusal(of: payload(size: 3, body: [1, 2, 3]), isCompressed: true) == .size)
    #expect(refusal(of: payload(size: 3, body: []), isCompressed: true) == .size)
  }

  @Test(arguments: [UInt32(0), 2, 4, .max]) func aPlainBodyOfAnotherLengthIsRefused(size: UInt32) {
    #expect(refusal(of: payload(size: size, body: [1, 2, 3]), isCompressed: false) == .size)
    #expect(refusal(of: payload(size: 3, body: [1, 2, 3]), isCompressed: false) == nil)
  }

  @Test func anyPayloadWithARightDigestIsReadOrRefused() throws {
    var random = SeededGenerator(seed: 7)
    let good = try #require(EnvelopePayload.encode(EnvelopeTests.envelope(body: EnvelopeTests.json), compressingOver: 1024)).bytes
    var read = 0
    for round in 0..<10_000 {
      var payload = good
      for _ in 0..<random.draw(1..<4) {
        // Half of it where lengths and counts are.
        let at = random.draw(0..<(round % 2 == 0 ? 100 : payload.writerIndex))
        payload.setInteger(UInt8(truncatingIfNeeded: random.next()), at: at)
      }
      if random.draw(0..<4) == 0 { payload.moveWriterIndex(to: random.draw(0..<payload.writerIndex)) }
      do throws(Envelope.Refusal) {
        let envelope = try EnvelopeCodec().decode(wrapped(payload, isCompressed: true), for: Self.key)
        #expect(envelope.body.readableBytes <= Envelope.maxBody)
        #expect(envelope.freshness.lifetimes.total <= 2 * Lifetimes.longest)
        read += 1
      } catch { #expect(Envelope.Refusal.allCases.contains(error)) }
    }
    #expect(read > 100)
  }

  @Test func whatCouldNotBeReadBackIsNotWritten() {
    var envelope = EnvelopeTests.envelope(body: "x")
    envelope.tags = ["t" + String(repeating: "a", count: 256)]
    #expect(EnvelopeCodec().encode(envelope, for: Self.key) == nil)
    envelope.tags = Array(repeating: "t", count: 257)
    #expect(EnvelopeCodec().encode(envelope, for: Self.key) == nil)
    envelope.tags = Array(repeating: "t" + String(repeating: "a", count: 255), count: 256)
    #expect(EnvelopeCodec().encode(envelope, for: Self.key) != nil)
    envelope.body = ByteBuffer(repeating: 0, count: Envelope.maxBody + 1)
    #expect(EnvelopeCodec().encode(envelope, for: Self.key) == nil)
  }

  /// Never something else than what was stored, and never a trap.
  @Test(arguments: [false, true]) func mutatedEnvelopesAreTheOriginalOrRefused(isEncrypted: Bool) throws {
    var random = SeededGenerator(seed: isEncrypted ? 8 : 9)
    let codec = EnvelopeCodec(ring: isEncrypted ? try KeyRing(EnvelopeTests.keyText) : nil)
    let envelope = EnvelopeTests.envelope(body: EnvelopeTests.json)
    let good = Array(try #require(codec.encode(envelope, for: Self.key)).readableBytesView)
    for round in 0..<20_000 {
      var bytes = round % 50 == 0 ? random.bytes(random.draw(0..<500)) : good
      for _ in 0..<random.draw(1..<5) where !bytes.isEmpty {
        let at = random.draw(0..<(round % 2 == 0 ? min(bytes.count, 160) : bytes.count))
        switch random.draw(0..<6) {
        case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.remove(at: at)
        case 2: bytes.insert(bytes[at], at: at)
        case 3: bytes.removeSubrange(at..<min(at + random.draw(1..<40), bytes.count))
        case 4: bytes.swapAt(at, random.draw(0..<bytes.count))
        default: bytes[at] = random.draw(0..<2) == 0 ? 0 : 255
        }
      }
      let decoded = try? codec.decode(ByteBuffer(bytes: bytes), for: Self.key)
      #expect((decoded == nil) == (bytes != good))
      if let decoded { #expect(decoded == envelope) }
    }
  }
}
