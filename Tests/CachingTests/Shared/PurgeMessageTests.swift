import NIOCore
import RedisTestSupport
import Resilience
import TestSupport
import Testing

@testable import Caching

@Suite struct PurgeMessageTests {
  private let moment = Timestamp(milliseconds: 1_763_723_000_000)
  private let signing = PurgeCodec(secret: Array("deployment".utf8), prefix: "tributary:")
  private let plain = PurgeCodec(secret: nil, prefix: "tributary:")

  private func marks() -> PurgeMarks {
    var marks = PurgeMarks()
    marks.purge("users", mode: .soft, at: moment)
    marks.purge("user:é", mode: .hard, at: Timestamp(milliseconds: moment.milliseconds + 5))
    marks.purge(PurgeMarks.everything, mode: .hard, at: Timestamp(milliseconds: moment.milliseconds - 9))
    return marks
  }

  @Test func whatIsWrittenIsRead() throws {
    for codec in [signing, plain] {
      let messages = codec.encode(marks(), sender: 7)
      #expect(messages.count == 1)
      #expect(try codec.decode(try #require(messages.first)) == PurgeMessage(sender: 7, marks: marks()))
      #expect(codec.encode(PurgeMarks(), sender: 7).isEmpty)
    }
  }

  @Test func manyMarksGoIntoManyMessagesOfBoundedSize() throws {
    var many = PurgeMarks()
    for number in 0..<3000 { many.purge("user:\(number)", mode: number % 2 == 0 ? .soft : .hard, at: moment) }
    many.purge(String(repeating: "x", count: Envelope.maxTagLength), mode: .hard, at: moment)
    var read = PurgeMarks()
    for message in signing.encode(many, sender: 1) {
      #expect(message.readableBytes <= PurgeCodec.maxBytes)
      read.merge(try signing.decode(message).marks)
    }
    #expect(read == many)
  }

  @Test func aTagThatNoSectionCanHaveIsLeftOut() {
    var long = PurgeMarks()
    long.purge(String(repeating: "x", count: Envelope.maxTagLength + 1), mode: .hard, at: moment)
    #expect(signing.encode(long, sender: 1).isEmpty)
  }

  @Test func onlyTheDeploymentsOwnSignatureHolds() throws {
    let message = try #require(signing.encode(marks(), sender: 7).first)
    let unsigned = try #require(plain.encode(marks(), sender: 7).first)
    #expect(throws: PurgeMessage.Refusal.notSigned) { try signing.decode(unsigned) }
    #expect(throws: PurgeMessage.Refusal.notSigned) { try plain.decode(message) }
    for stranger in [
      PurgeCodec(secret: Array("another".utf8), prefix: "tributary:"),
      PurgeCodec(secret: Array("deployment".utf8), prefix: "other:"),
    ] { #expect(throws: PurgeMessage.Refusal.signature) { try stranger.decode(message) } }
    #expect(throws: PurgeMessage.Refusal.size) { try plain.decode(ByteBuffer(repeating: 0, count: PurgeCodec.maxBytes + 1)) }
    var newer = message
    newer.setInteger(UInt8(2), at: 4)
    #expect(throws: PurgeMessage.Refusal.version) { try signing.decode(newer) }
  }

  @Test func noChangedByteIsBelieved() throws {
    let message = try #require(signing.encode(marks(), sender: 7).first)
    for index in 0..<message.readableBytes {
      for bit in 0..<8 {
        var changed = message
        changed.setInteger((message.getInteger(at: index, as: UInt8.self) ?? 0) ^ UInt8(1 << bit), at: index)
        #expect(throws: PurgeMessage.Refusal.self) { try signing.decode(changed) }
      }
      #expect(throws: PurgeMessage.Refusal.self) { try signing.decode(message.getSlice(at: 0, length: index) ?? ByteBuffer()) }
    }
  }

  /// Without a secret anything may come: it is refused, or read, and ends nothing.
  @Test func whateverComesIsSurvived() throws {
    var random = SeededGenerator(seed: 11)
    let message = Array(try #require(plain.encode(marks(), sender: 7).first).readableBytesView)
    var refused = 0
    for _ in 0..<20_000 {
      var bytes = random.once(in: 3) ? Array(message.prefix(16)) + random.bytes(random.draw(0..<60)) : message
      for _ in 0..<random.draw(1..<5) { bytes[random.draw(0..<bytes.count)] = UInt8(random.draw(0..<256)) }
      do throws(PurgeMessage.Refusal) {
        var mine = PurgeMarks()
        mine.merge(try plain.decode(ByteBuffer(bytes: bytes)).marks, notAfter: moment)
        hold(mine.verdict(fetchedAt: Timestamp(milliseconds: moment.milliseconds + 1), tags: ["users"]) == .ok)
      } catch { refused += 1 }
    }
    #expect(refused > 1000)
  }
}
