import NIOCore
import NIOHTTP1
import Testing
import TestSupport

@testable import Clients

/// Content codings of responses: {"hello":"river"}, 17 bytes, as gzip and as zlib write it.
@Suite(.timeLimit(.minutes(1))) struct EncodingTests {
  private static let text = #"{"hello":"river"}"#
  private static let gzip = bytes("1f8b0800000000000203ab56ca48cdc9c957b2522aca2c4b2d52aa0500e3bb4bcc11000000")
  private static let deflate = bytes("78daab56ca48cdc9c957b2522aca2c4b2d52aa0500354605f7")
  /// 65,536 zeros in 96 bytes.
  private static let bomb = bytes(
    "1f8b0800000000000203edc101010000008090feafee080a" + String(repeating: "0", count: 126) + "6aeb8e97d700000100")

  private static func bytes(_ hex: String) -> [UInt8] {
    stride(from: 0, to: hex.utf8.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
  }

  private static func response(_ coding: String, _ body: [UInt8]) -> [UInt8] {
    Array("HTTP/1.1 200 OK\r\ncontent-encoding: \(coding)\r\ncontent-length: \(body.count)\r\n\r\n".utf8) + body
  }

  @Test(arguments: ["gzip", "GZip", "deflate"]) func anEncodedBodyIsDecoded(coding: String) async throws {
    let body = coding == "deflate" ? Self.deflate : Self.gzip
    let response = try await outcome([Self.response(coding, body)]).get()
    #expect(String(buffer: response.body) == Self.text)
    #expect(!response.headers.contains(name: "content-encoding") && !response.headers.contains(name: "content-length"))
  }

  @Test func anEncodedBodyInPiecesIsDecoded() async throws {
    #expect(try await outcome(Self.response("gzip", Self.gzip).map { [$0] }).text == Self.text)
  }

  @Test func anEncodedChunkedBodyIsDecoded() async throws {
    var bytes = Array("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-encoding: gzip\r\n\r\n".utf8)
    bytes += Array("\(String(Self.gzip.count, radix: 16))\r\n".utf8) + Self.gzip + Array("\r\n0\r\n\r\n".utf8)
    #expect(try await outcome([bytes]).text == Self.text)
  }

  @Test func aConnectionMayMixEncodedAndPlainBodies() async throws {
    let noBody = "HTTP/1.1 304 X\r\ncontent-encoding: gzip\r\n\r\n"
    let empty = "HTTP/1.1 200 X\r\ncontent-encoding: gzip\r\ncontent-length: 0\r\n\r\n"
    let steps: [ScriptedServer.Step] = [
      .request, .send(ok), .request, .send(empty), .request, .send(Self.response("gzip", Self.gzip)), .request, .send(noBody),
      .request, .send(empty), .request, .send(ok), .request, .send(Self.response("gzip", Self.gzip)), .pause,
    ]
    try await withServer(steps) { transport, _ in
      for text in ["ok", "", Self.text, "", "", "ok", Self.text] { #expect(await transport.result().text == text) }
      #expect(transport.counts.idle == 1)
    }
  }

  @Test func theLimitIsOnDecodedBytes() async throws {
    var limits = TransportLimits.patient
    limits.maxBodyBytes = 65_536
    #expect(try await outcome([Self.response("gzip", Self.bomb)], limits: limits).get().body.readableBytes == 65_536)
    limits.maxBodyBytes = 65_535
    #expect(try await outcome([Self.response("gzip", Self.bomb)], limits: limits).error == .bodyTooLarge)
  }

  @Test(arguments: ["br", "gzip, gzip", "x-unknown"]) func whatCannotBeDecodedIsRefused(coding: String) async throws {
    #expect(try await outcome([Self.response(coding, Self.gzip)]).error == .badEncoding)
  }

  @Test func identityIsNoCoding() async throws {
    #expect(try await outcome([Self.response("identity", Array("hello".utf8))]).text == "hello")
  }

  @Test func aBrokenBodyIsRefused() async throws {
    #expect(try await outcome([Self.response("gzip", Array("not gzip at all".utf8))]).error == .badEncoding)
    #expect(try await outcome([Self.response("gzip", Array(Self.gzip.dropLast(9)))]).error == .badEncoding)
    #expect(try await outcome([Self.response("gzip", Self.gzip + [1, 2, 3])]).error == .badEncoding)
  }
}
