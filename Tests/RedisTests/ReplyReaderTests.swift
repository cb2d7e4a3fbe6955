import NIOCore
import RedisTestSupport
import TestSupport
import Testing

@testable import Redis

@Suite struct ReplyReaderTests {
  /// What the reader makes of bytes that come in these pieces, and whether it took all of them.
  private static func read(_ pieces: [ArraySlice<UInt8>], limits: RedisReplyLimits = .small) -> (
    replies: [RedisReply], isGood: Bool
  ) {
    let reader = RedisReplyReader(limits: limits)
    var replies: [RedisReply] = []
    do throws(RedisReplyReader.Violation) {
      for piece in pieces {
        try reader.feed(ByteBuffer(bytes: piece))
        while let reply = try reader.next() { replies.append(reply) }
      }
      return (replies, true)
    } catch {
      return (replies, false)
    }
  }

  private static func read(_ text: String, limits: RedisReplyLimits = .small) -> (replies: [RedisReply], isGood: Bool) {
    read([Array(text.utf8)[...]], limits: limits)
  }

  private static let corpus: [(String, [RedisReply])] = [
    ("+OK\r\n", [.ok]),
    ("+\r\n", [.status("")]),
    ("-ERR no\r\n", [.error(RedisErrorReply("ERR no"))]),
    (":0\r\n:-1\r\n:9223372036854775807\r\n", [.integer(0), .integer(-1), .integer(.max)]),
    (":-9223372036854775808\r\n", [.integer(.min)]),
    ("$0\r\n\r\n", [.text("")]),
    ("$5\r\nhello\r\n", [.text("hello")]),
    ("$4\r\n\r\n\r\n\r\n", [.text("\r\n\r\n")]),
    ("$-1\r\n*-1\r\n", [.null, .null]),
    ("*0\r\n", [.array([])]),
    ("*2\r\n$1\r\na\r\n:7\r\n+OK\r\n", [.array([.text("a"), .integer(7)]), .ok]),
    ("*3\r\n*0\r\n*1\r\n*-1\r\n$-1\r\n", [.array([.array([]), .array([.null]), .null])]),
    ("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", [nested(.integer(1), 7)]),
    (
      "*3\r\n*3\r\n:0\r\n:8191\r\n*2\r\n$9\r\n127.0.0.1\r\n:7000\r\n-X y\r\n+z\r\n",
      [
        .array([
          .array([.integer(0), .integer(8191), .array([.text("127.0.0.1"), .integer(7000)])]), .error(RedisErrorReply("X y")),
          .status("z"),
        ])
      ]
    ),
  ]

  private static func nested(_ reply: RedisReply, _ depth: Int) -> RedisReply {
    (0..<depth).reduce(reply) { inner, _ in .array([inner]) }
  }

  @Test(arguments: corpus) func aReplyIsTheSameWhereverItIsCut(text: String, replies: [RedisReply]) {
    let bytes = Array(text.utf8)
    for cut in 0...bytes.count {
      let result = Self.read([bytes[..<cut], bytes[cut...]])
      #expect(result.isGood && result.replies == replies, "cut at \(cut)")
    }
    let single = Self.read(bytes.indices.map { bytes[$0...$0] })
    #expect(single.isGood && single.replies == replies)
  }

  @Test(arguments: [
    "hello\r\n", "\r\n", "?1\r\n", "$-2\r\n", "*-2\r\n", "$1x\r\na\r\n", ":\r\n", ":1x\r\n", "$5\r\nhelloXX", "$3\r\nhello\r\n",
    ":9223372036854775808\r\n", "$9223372036854775807\r\n", "$9223372036854775806\r\n", "$18446744073709551615\r\n",
    "*9223372036854775807\r\n", "*4294967296\r\n:1\r\n", "*2147483648\r\n", "*4294967291\r\n", "*1073741825\r\n", "*101\r\n",
    "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", "$1001\r\n",
  ]) func whatIsNoReplyOrTooLargeIsRefused(text: String) {
    let whole = Self.read(text)
    #expect(!whole.isGood && whole.replies == [])
    let bytes = Array(text.utf8)
    #expect(!Self.read(bytes.indices.map { bytes[$0...$0] }).isGood)
  }

  @Test func aLengthBeyondTheLimitIsRefusedBeforeItsBytesCome() {
    #expect(!Self.read("$33554433\r\n", limits: RedisReplyLimits()).isGood)
    #expect(Self.read("$33554432\r\n", limits: RedisReplyLimits()).isGood)
    #expect(!Self.read("*4097\r\n", limits: RedisReplyLimits()).isGood)
    #expect(Self.read("*4096\r\n", limits: RedisReplyLimits()).isGood)
  }

  @Test func arraysInArraysAreCountedTogether() {
    #expect(Self.read("*2\r\n*90\r\n" + String(repeating: ":1\r\n", count: 90) + "*100\r\n").isGood)
    #expect(!Self.read("*3\r\n*90\r\n" + String(repeating: ":1\r\n", count: 90) + "*100\r\n*10\r\n").isGood)
    #expect(!Self.read("*100\r\n*100\r\n*100\r\n").isGood)
    let one = "*90\r\n" + String(repeating: ":1\r\n", count: 90)
    #expect(Self.read(String(repeating: one, count: 20)).replies.count == 20)
  }

  @Test func aLineWithoutEndIsRefused() {
    for start in ["+", "-"] {
      #expect(Self.read(start + String(repeating: "x", count: 200)).isGood)
      #expect(!Self.read(start + String(repeating: "x", count: 202)).isGood)
      #expect(!Self.read(start + String(repeating: "x", count: 201) + "\r\n").isGood)
    }
    for start in [":", "$", "*"] { #expect(!Self.read(start + String(repeating: "1", count: 24)).isGood) }
    #expect(!Self.read("$5\rxxxxx").isGood)
  }

  @Test func manySmallStringsOfOneReplyAreBounded() {
    let string = "$900\r\n" + String(repeating: "x", count: 900) + "\r\n"
    #expect(Self.read("*5\r\n" + String(repeating: string, count: 5)).isGood)
    let many = Array(("*100\r\n" + String(repeating: string, count: 99)).utf8)
    #expect(!Self.read(stride(from: 0, to: many.count, by: 700).map { many[$0..<min($0 + 700, many.count)] }).isGood)
  }

  @Test func nothingIsReadAfterAViolation() throws {
    let reader = RedisReplyReader()
    try reader.feed(ByteBuffer(string: "+OK\r\n?\r\n"))
    #expect(try reader.next() == .ok)
    #expect(throws: RedisReplyReader.Violation.self) { try reader.next() }
    #expect(throws: RedisReplyReader.Violation.self) { try reader.next() }
    #expect(throws: RedisReplyReader.Violation.self) { try reader.feed(ByteBuffer(string: "+OK\r\n")) }
  }

  /// Fifty thousand replies with bytes changed, removed, doubled and swapped: each is read to the same end whole, in two pieces, and (every
  /// twentieth) byte by byte.
  @Test func noMutationEndsTheProcessOrIsReadInTwoWays() {
    var random = SeededGenerator(seed: 7)
    let seeds = Self.corpus.map { Array($0.0.utf8) }
    var good = 0
    for round in 0..<50_000 {
      let bytes = Self.mutated(seeds[round % seeds.count], &random)
      let whole = Self.read([bytes[...]])
      let cut = Int.random(in: 0...bytes.count, using: &random)
      let halves = Self.read([bytes[..<cut], bytes[cut...]])
      hold(
        whole.replies == halves.replies && whole.isGood == halves.isGood,
        "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
      if round % 20 == 0 {
        let single = Self.read(bytes.indices.map { bytes[$0...$0] })
        hold(
          whole.replies == single.replies && whole.isGood == single.isGood,
          "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
      }
      good += whole.isGood ? 1 : 0
    }
    #expect((5_000...45_000).contains(good))
  }

  private static let odd: [[UInt8]] = [
    "9223372036854775807", "-9223372036854775808", "18446744073709551615", "4294967296", "2147483648", "-1", "\r\n", "*", "$",
    "99",
  ].map { Array($0.utf8) }

  private static func mutated(_ seed: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = seed
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let index = Int.random(in: 0..<max(bytes.count, 1), using: &random)
      guard index < bytes.count else { continue }
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.remove(at: index)
      case 2: bytes.insert(bytes[index], at: index)
      case 3: bytes.removeSubrange(index...)
      case 4: bytes.replaceSubrange(index...index, with: odd[Int.random(in: 0..<odd.count, using: &random)])
      default: bytes.swapAt(index, Int.random(in: 0..<bytes.count, using: &random))
      }
    }
    return bytes
  }
}

extension RedisReplyLimits {
  /// Small enough to be exceeded.
  static let small = RedisReplyLimits(
    maxStringBytes: 1000, maxReplyBytes: 6000, maxLineBytes: 200, maxElements: 100, maxTotalElements: 200)
}
