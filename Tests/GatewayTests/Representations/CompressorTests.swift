import Foundation
import NIOCore
import TestSupport
import Testing

@testable import Gateway

@Suite struct CompressorTests {
  /// Lines as a dashboard has them.
  private static func json(_ count: Int, seed: UInt64 = 3) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 100)
    while bytes.count < count {
      bytes += "{\"postId\":\"\(random.next())\",\"views\":\(random.draw(0..<2_000_000)),\"region\":\"N/A\",\"likes\":null},".utf8
    }
    return Array(bytes.prefix(count))
  }

  private static func noise(_ count: Int) -> [UInt8] {
    var random = SeededGenerator(seed: 4)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  private static func pieces(_ bytes: [UInt8], cutAt cuts: [Int]) -> [ByteBuffer] {
    let ends = cuts.filter { $0 <= bytes.count }.sorted() + [bytes.count]
    return zip([0] + ends, ends).map { ByteBuffer(bytes: bytes[$0..<$1]) }
  }

  private static let codings: [ContentCoding] = [.gzip, .br]

  @Test(arguments: codings, [860, 861, 1000, 36_000, 65_535, 65_536, 65_537, 1 << 20, 5_000_000])
  func aClientGetsBackWhatWasThere(coding: ContentCoding, count: Int) throws {
    let bytes = Self.json(count)
    let body = try #require(Compressor.compress([ByteBuffer(bytes: bytes)], coding, maxBytes: count))
    #expect(body.readableBytes < count * 2 / 3)
    #expect(Decoding.decode(body, coding, room: count) == bytes)
  }

  @Test(arguments: codings) func howTheBytesAreDividedDoesNotShow(coding: ContentCoding) throws {
    var random = SeededGenerator(seed: 5)
    for count in [3000, 65_536, 200_000] {
      let bytes = Self.json(count)
      let whole = try #require(Compressor.compress([ByteBuffer(bytes: bytes)], coding))
      #expect(Compressor.compress([ByteBuffer(bytes: bytes)], coding) == whole)
      for _ in 0..<10 {
        let cuts = (0..<random.draw(1..<9)).map { _ in random.draw(0..<count) }
        #expect(Compressor.compress(Self.pieces(bytes, cutAt: [0] + cuts + [count]), coding) == whole)
      }
    }
  }

  @Test(arguments: codings, [0, 1, 859]) func aTinyAnswerStaysAsItIs(coding: ContentCoding, count: Int) {
    #expect(Compressor.compress([ByteBuffer(bytes: Self.json(count))], coding) == nil)
    #expect(Compressor.compress([ByteBuffer(), ByteBuffer(bytes: Self.json(count)), ByteBuffer()], coding) == nil)
    #expect(Compressor.compress([], coding) == nil)
  }

  @Test(arguments: codings, [860, 5000, 70_000, 1 << 20]) func whatDoesNotBecomeSmallerStaysAsItIs(
    coding: ContentCoding, count: Int
  ) {
    #expect(Compressor.compress([ByteBuffer(bytes: Self.noise(count))], coding) == nil)
  }

  /// Mostly noise: just about smaller, in a body of just about its size.
  @Test(arguments: codings) func whatBecomesALittleSmallerIsTaken(coding: ContentCoding) throws {
    let bytes = Self.noise(20_000) + Array(repeating: 0, count: 400)
    let body = try #require(Compressor.compress([ByteBuffer(bytes: bytes)], coding))
    #expect((20_000..<bytes.count).contains(body.readableBytes))
    #expect(Decoding.decode(body, coding, room: bytes.count) == bytes)
  }

  @Test(arguments: codings) func aboveTheBoundItStaysAsItIs(coding: ContentCoding) {
    let pieces = [ByteBuffer(bytes: Self.json(2000)), ByteBuffer(bytes: Self.json(2000))]
    #expect(Compressor.compress(pieces, coding, maxBytes: 4000) != nil)
    #expect(Compressor.compress(pieces, coding, maxBytes: 3999) == nil)
    #expect(Compressor.compress(pieces, coding, maxBytes: -1) == nil)
    #expect(Compressor.compress([ByteBuffer(repeating: 0, count: Compressor.maxBytes + 1)], coding) == nil)
  }

  @Test func theIdentityIsNoCompression() {
    #expect(Compressor.compress([ByteBuffer(bytes: Self.json(2000))], .identity) == nil)
  }

  /// RFC 1952 §2.3: magic number, deflate, no flags, no time.
  @Test func theGzipHeaderNamesNoTime() throws {
    let body = try #require(Compressor.compress([ByteBuffer(bytes: Self.json(2000))], .gzip))
    #expect(Array(body.readableBytesView.prefix(8)) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0])
  }

  @Test func theProgramGunzipReadsIt() throws {
    let bytes = Self.json(50_000)
    let body = try #require(Compressor.compress([ByteBuffer(bytes: bytes)], .gzip))
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("tributary-\(UUID().uuidString).gz")
    try Data(body.readableBytesView).write(to: file)
    defer { do { try FileManager.default.removeItem(at: file) } catch { Issue.record(error) } }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gzip", "-dc", file.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(Array(data) == bytes)
  }

  @Test(arguments: [(860, 16), (65_520, 16), (65_521, 17), (131_056, 17), (4_194_288, 22), (1 << 30, 22)])
  func theWindowReachesOverTheBody(total: Int, bits: UInt32) {
    #expect(Brotli.windowBits(for: total) == bits)
  }
}
