import NIOCore
import RedisTestSupport
import Testing

@testable import Redis

@Suite struct CommandTests {
  @Test func wordsAreCountedAndNeverQuoted() {
    let command = RedisCommand([
      "SET", .bytes([0, 13, 10, 255]), .text("é\r\n"), .integer(-7), .buffer(ByteBuffer(string: "")), "",
    ])
    let expected: [UInt8] =
      Array("*6\r\n$3\r\nSET\r\n$4\r\n".utf8) + [0, 13, 10, 255]
      + Array("\r\n$4\r\né\r\n\r\n$2\r\n-7\r\n$0\r\n\r\n$0\r\n\r\n".utf8)
    #expect(Array(command.bytes.readableBytesView) == expected)
    #expect(String(buffer: RedisCommand(["PING"]).bytes) == "*1\r\n$4\r\nPING\r\n")
    #expect(!command.isTooLarge)
  }

  @Test func theCatalogueSaysWhatRedisExpects() {
    let key = Array("k".utf8)
    #expect(RedisCommand.get(key) == RedisCommand(["GET", "k"], key: 1))
    let value = ByteBuffer(string: "v")
    #expect(RedisCommand.set(key, value, milliseconds: 5) == RedisCommand(["SET", "k", "v", "PX", "5"], key: 1))
    let ifAbsent = RedisCommand.set(key, value, milliseconds: -5, onlyIfAbsent: true)
    #expect(ifAbsent == RedisCommand(["SET", "k", "v", "PX", "1", "NX"], key: 1))
    #expect(RedisCommand.publish("c", value) == RedisCommand(["PUBLISH", "c", "v"]))
  }

  @Test func aCommandBeyondTheLimitIsEmpty() {
    let half = ByteBuffer(repeating: 1, count: RedisCommand.maxBytes / 2)
    #expect(RedisCommand([.buffer(half), .buffer(half), "x"]).isTooLarge)
    #expect(!RedisCommand([.buffer(half), .buffer(half)]).isTooLarge)
    #expect(RedisCommand([]).isTooLarge)
  }

  /// The values are those of `CLUSTER KEYSLOT`.
  @Test(
    arguments: [
      ("foo", 12182), ("bar", 5061), ("123456789", 12739), ("", 0), ("{user1000}.following", 3443), ("user1000", 3443),
      ("foo{}{bar}", 8363), ("foo{{bar}}zap", 4015), ("foo{bar}{zap}", 5061), ("{bar", 4015),
    ] as [(String, UInt16)]) func aSlotIsThatOfTheKeyOrOfItsTag(key: String, slot: UInt16)
  {
    #expect(RedisHashSlot.slot(of: ByteBuffer(string: key)) == slot)
    #expect(RedisCommand(["GET", .text(key)], key: 1).slot == slot)
  }

  @Test func aCommandWithoutKeyHasNoSlot() {
    #expect(RedisCommand.ping.slot == nil)
    #expect(RedisCommand(["GET"], key: 1).slot == nil)
  }

  /// The first three are those of FIPS 180-4 and RFC 3174.
  @Test(arguments: [
    ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"), ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
    ),
  ]) func scriptsAreNamedByTheirDigest(text: String, digest: String) {
    #expect(SHA1.hex(Array(text.utf8)) == digest)
    #expect(RedisScript(text).digest == digest)
  }

  @Test func aScriptGoesToTheSlotOfItsFirstKey() {
    let script = RedisScript("return 1")
    let keys = [Array("foo".utf8), Array("bar".utf8)]
    #expect(script.evaluate(keys, ["x"]) == RedisCommand(["EVAL", "return 1", "2", "foo", "bar", "x"], key: 3))
    #expect(script.evaluateByDigest(keys, []).slot == 12182)
    #expect(script.evaluate([], []).slot == nil)
  }

  @Test(arguments: [
    ("NOAUTH Authentication required.", RedisError.authentication), ("WRONGPASS invalid", .authentication),
    ("DENIED Redis is running in protected mode", .authentication), ("READONLY You can't write", .readOnly),
    ("OOM command not allowed", .outOfMemory), ("NOSCRIPT No matching", .serverError(code: "NOSCRIPT")),
    ("ERR unknown command 'x', with args", .serverError(code: "ERR")), ("", .serverError(code: "ERR")),
    ("secret password", .serverError(code: "ERR")), ("MOVED", .serverError(code: "MOVED")),
    (String(repeating: "A", count: 25), .serverError(code: "ERR")),
  ]) func anErrorReplyIsAWord(text: String, error: RedisError) {
    #expect(RedisErrorReply(text).error == error)
  }

  @Test func aRedirectionSaysWhere() throws {
    let origin = RedisEndpoint.tcp(host: "10.0.0.1", port: 7000)
    let moved = try #require(RedisRedirection("MOVED 3999 127.0.0.1:6381"))
    #expect(moved.kind == .moved && moved.slot == 3999)
    #expect(moved.endpoint(seenFrom: origin) == .tcp(host: "127.0.0.1", port: 6381))
    let ask = try #require(RedisRedirection("ASK 1 ::1:6381"))
    #expect(ask.kind == .ask && ask.endpoint(seenFrom: origin) == .tcp(host: "::1", port: 6381))
    for text in ["MOVED 1 :6381", "MOVED 1 ?:6381"] {
      #expect(RedisRedirection(text)?.endpoint(seenFrom: origin) == .tcp(host: "10.0.0.1", port: 6381))
    }
    let bad = [
      "MOVED 16384 a:1", "MOVED -1 a:1", "MOVED 1 a", "MOVED 1 a:0", "MOVED 1 a:65536", "MOVED 1 a:9223372036854775808",
      "GONE 1 a:1",
      "MOVED 1", "", "MOVED 1 \(String(repeating: "a", count: 300)):1",
    ]
    for text in bad { #expect(RedisRedirection(text) == nil, "\(text)") }
  }
}
