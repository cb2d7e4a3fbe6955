import NIOCore
import Resilience
import TestSupport
import Testing

@testable import Caching

@Suite struct EnvelopeTests {
  static let key = CacheKey(number: 1)
  static let keyText = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
  static let olderText = "k0:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="

  static func envelope(body: String) -> Envelope {
    Envelope(
      freshness: Freshness(
        fetchedAt: Timestamp(milliseconds: 1_700_000_000_123),
        lifetimes: Lifetimes(fresh: 30_000, staleWhileRevalidate: 60_000, staleIfError: 600_000)),
      tags: ["users", "user:7", ""], validators: Validators(etag: "W/\"abc\"", lastModified: "Sun, 06 Nov 1994 08:49:37 GMT"),
      body: ByteBuffer(string: body))
  }

  static let json = "[" + (0..<400).map { "{\"id\":\($0),\"name\":\"user \($0 * 7919 % 1000)\"}" }.joined(separator: ",") + "]"

  static func codecs() throws -> [EnvelopeCodec] { [EnvelopeCodec(), EnvelopeCodec(ring: try KeyRing(keyText))] }

  @Test(arguments: ["", "x", json, String(repeating: "a", count: 1024), String(repeating: "a", count: 1025)])
  func whatWasStoredComesBack(body: String) throws {
    for codec in try Self.codecs() {
      let envelope = Self.envelope(body: body)
      let bytes = try #require(codec.encode(envelope, for: Self.key))
      #expect(try codec.decode(bytes, for: Self.key) == envelope)
    }
    let bare = Envelope(freshness: Self.envelope(body: "").freshness, body: ByteBuffer(string: body))
    let bytes = try #require(EnvelopeCodec().encode(bare, for: Self.key))
    #expect(try EnvelopeCodec().decode(bytes, for: Self.key) == bare)
  }

  @Test func aBodyOverAKilobyteIsCompressedIfItGetsSmaller() throws {
    var random = SeededGenerator(seed: 6)
    let json = try #require(EnvelopeCodec().encode(Self.envelope(body: Self.json), for: Self.key))
    #expect(json.readableBytes < Self.json.utf8.count / 3)
    let uncompressed = try #require(EnvelopeCodec(compressingOver: .max).encode(Self.envelope(body: Self.json), for: Self.key))
    #expect(uncompressed.readableBytes > Self.json.utf8.count)
    var noise = Self.envelope(body: "")
    noise.body = ByteBuffer(bytes: random.bytes(5000))
    let bytes = try #require(EnvelopeCodec().encode(noise, for: Self.key))
    #expect(bytes.readableBytes > 5000)
    #expect(try EnvelopeCodec().decode(bytes, for: Self.key) == noise)
  }

  @Test func theBodyHasMemoryOfJustItsSize() throws {
    for body in [Self.json, "short"] {
      let bytes = try #require(EnvelopeCodec().encode(Self.envelope(body: body), for: Self.key))
      #expect(try EnvelopeCodec().decode(bytes, for: Self.key).body.capacity == body.utf8.count)
    }
  }

  @Test func anEnvelopeOfAnotherKeyIsRefused() throws {
    for codec in try Self.codecs() {
      let bytes = try #require(codec.encode(Self.envelope(body: Self.json), for: Self.key))
      #expect(throws: Envelope.Refusal.key) { try codec.decode(bytes, for: CacheKey(number: 2)) }
      // With the key written over, as whoever wants it to pass would do.
      var forged = bytes
      CacheKey(number: 2).withBytes { _ = forged.setBytes($0, at: 8) }
      #expect(throws: Envelope.Refusal.digest) { try codec.decode(forged, for: CacheKey(number: 2)) }
    }
  }

  @Test func anotherSchemaIsRefused() throws {
    var bytes = try #require(EnvelopeCodec().encode(Self.envelope(body: "x"), for: Self.key))
    for schema: UInt8 in [0, 1, EnvelopeCodec.schema - 1, EnvelopeCodec.schema + 1, 255] {
      bytes.setInteger(schema, at: 4)
      #expect(throws: Envelope.Refusal.schema) { try EnvelopeCodec().decode(bytes, for: Self.key) }
    }
  }

  @Test func whatIsTruncatedOrLongerIsRefused() throws {
    for codec in try Self.codecs() {
      for body in ["short", Self.json] {
        let bytes = try #require(codec.encode(Self.envelope(body: body), for: Self.key))
        for length in stride(from: 0, to: bytes.readableBytes, by: body == "short" ? 1 : 13) {
          #expect(throws: Envelope.Refusal.self) {
            try codec.decode(bytes.getSlice(at: bytes.readerIndex, length: length) ?? ByteBuffer(), for: Self.key)
          }
        }
        var longer = bytes
        longer.writeInteger(UInt8(0))
        #expect(throws: Envelope.Refusal.digest) { try codec.decode(longer, for: Self.key) }
      }
    }
  }

  @Test func aBitThatFlipsInAnyByteIsSeen() throws {
    var random = SeededGenerator(seed: 12)
    for codec in try Self.codecs() {
      let bytes = try #require(codec.encode(Self.envelope(body: String(Self.json.prefix(1500))), for: Self.key))
      for byte in 0..<bytes.readableBytes {
        let place = byte * 8 + random.draw(0..<8)
        var flipped = bytes
        let at = bytes.readerIndex + place / 8
        flipped.setInteger(try #require(bytes.getInteger(at: at, as: UInt8.self)) ^ (1 << (place % 8)), at: at)
        #expect(throws: Envelope.Refusal.self) { try codec.decode(flipped, for: Self.key) }
      }
    }
  }

  @Test func theNewestKeyEncryptsAndAllDecrypt() throws {
    let older = EnvelopeCodec(ring: try KeyRing(Self.olderText))
    let both = EnvelopeCodec(ring: try KeyRing(Self.keyText + "," + Self.olderText))
    let newest = EnvelopeCodec(ring: try KeyRing(Self.keyText))
    let envelope = Self.envelope(body: Self.json)
    let (byOlder, byBoth) = (
      try #require(older.encode(envelope, for: Self.key)), try #require(both.encode(envelope, for: Self.key))
    )
    #expect(try both.decode(byOlder, for: Self.key) == envelope)
    #expect(try newest.decode(byBoth, for: Self.key) == envelope)
    #expect(throws: Envelope.Refusal.unknownKey) { try older.decode(byBoth, for: Self.key) }
    #expect(throws: Envelope.Refusal.unknownKey) { try EnvelopeCodec().decode(byBoth, for: Self.key) }
    // The same id, another secret.
    let other = EnvelopeCodec(ring: try KeyRing("k1" + Self.olderText.dropFirst(2)))
    #expect(throws: Envelope.Refusal.digest) { try other.decode(byBoth, for: Self.key) }
  }

  @Test func withAKeyRingAPlainEnvelopeIsRefused() throws {
    let bytes = try #require(EnvelopeCodec().encode(Self.envelope(body: "x"), for: Self.key))
    let codec = EnvelopeCodec(ring: try KeyRing(Self.keyText))
    #expect(throws: Envelope.Refusal.notEncrypted) { try codec.decode(bytes, for: Self.key) }
  }

  @Test func nothingOfAnEncryptedEnvelopeCanBeRead() throws {
    let codec = EnvelopeCodec(ring: try KeyRing(Self.keyText), compressingOver: .max)
    let envelope = Self.envelope(body: "the canary sings")
    let (one, other) = (try #require(codec.encode(envelope, for: Self.key)), try #require(codec.encode(envelope, for: Self.key)))
    let text = String(decoding: one.readableBytesView, as: UTF8.self)
    for word in ["canary", "user:7", "abc", "1994"] { #expect(!text.contains(word)) }
    // Not even whether two have the same content: digest and nonce differ with the nonce.
    #expect(one.getBytes(at: 40, length: 32) != other.getBytes(at: 40, length: 32))
  }
}
