import NIOCore
import NIOHTTP1
import Testing

@testable import Clients

/// What becomes of the bytes of a response.
@Suite(.timeLimit(.minutes(1))) struct ResponseTests {
  @Test func aBodyOfKnownLength() async throws {
    let result = try await outcome("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello")
    #expect(result.text == "hello" && result.status == 200)
    #expect(try result.get().headers.first(name: "x-a") == "b")
  }

  @Test func aChunkedBodyWithTrailers() async throws {
    let result = try await outcome(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n river\r\n0\r\nX-T: 1\r\n\r\n")
    #expect(result.text == "hello river")
  }

  @Test func aBodyThatEndsWithTheConnection() async throws {
    #expect(try await outcome("HTTP/1.1 200 OK\r\n\r\nhello").text == "hello")
    #expect(try await outcome("HTTP/1.0 200 OK\r\n\r\nhello").text == "hello")
  }

  @Test func aResponseByteByByte() async throws {
    let text = "HTTP/1.1 201 Created\r\ncontent-length: 5\r\n\r\nhello"
    let result = try await outcome(text.utf8.map { [$0] })
    #expect(result.text == "hello" && result.status == 201)
  }

  @Test func aLargeBodyOfKnownLength() async throws {
    let body = [UInt8](repeating: 120, count: 3_000_000)
    let result = try await outcome([Array("HTTP/1.1 200 OK\r\ncontent-length: 3000000\r\n\r\n".utf8), body])
    #expect(try result.get().body == ByteBuffer(bytes: body))
  }

  @Test(arguments: [204, 304]) func aStatusWithoutABodyHasNone(status: Int) async throws {
    let steps: [ScriptedServer.Step] = [
      .request, .send("HTTP/1.1 \(status) X\r\ncontent-length: 99\r\n\r\n"), .request, .send(ok), .pause,
    ]
    try await withServer(steps) { transport, _ in
      let first = await transport.result()
      #expect(first.status == status && first.text == "")
      #expect(await transport.result().text == "ok")
      #expect(transport.counts.open == 1)
    }
  }

  @Test func aHeadResponseHasNoBody() async throws {
    let steps: [ScriptedServer.Step] = [
      .request, .send("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n"), .request, .send(ok), .pause,
    ]
    try await withServer(steps) { transport, server in
      let first = await transport.result(.head)
      #expect(first.status == 200 && first.text == "")
      #expect(await transport.result().text == "ok")
      await server.event { if case .request(0, let text) = $0 { text.hasPrefix("GET / ") } else { false } }
    }
  }

  @Test func informationalResponsesAreSkipped() async throws {
    let result = try await outcome("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + ok)
    #expect(result.text == "ok" && result.status == 200)
  }

  @Test func switchingProtocolsIsRefused() async throws {
    #expect(try await outcome("HTTP/1.1 101 X\r\nupgrade: y\r\nconnection: upgrade\r\n\r\n").error == .malformedResponse)
  }

  @Test(arguments: [
    "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 999 X\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 20 X\r\n\r\n",
    "HTTP/1.1 -20 X\r\n\r\n", "HTTP/1.1 000 X\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "\u{0}\u{1}\u{2}",
    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\nok",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffffff\r\nab",
  ])
  func whatIsNoResponseIsMalformed(text: String) async throws {
    #expect(try await outcome(text).error == .malformedResponse)
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", "HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.",
  ])
  func whatEndsEarlyIsTruncated(text: String) async throws {
    #expect(try await outcome(text).error == .truncated)
  }

  @Test func aResetInTheMiddleIsAReset() async throws {
    let steps: [ScriptedServer.Step] = [.request, .send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhe"), .pause, .reset]
    try await withServer(steps) { transport, server in
      async let result = transport.result()
      await server.event(.paused(0))
      server.resume()
      #expect([TransportError.reset(responseStarted: true), .reset(responseStarted: false)].contains(await result.error))
    }
  }

  @Test func headersAreLimited() async throws {
    var limits = TransportLimits.patient
    limits.maxHeaderBytes = 1000
    let long = String(repeating: "x", count: 1000)
    #expect(try await outcome("HTTP/1.1 200 OK\r\na: \(long)\r\n\r\n", limits: limits).error == .headersTooLarge)
    let many = String(repeating: "a: b\r\n", count: 300)
    #expect(try await outcome("HTTP/1.1 200 OK\r\n\(many)\r\n").error == .headersTooLarge)
    let endless = String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 20_000)
    #expect(try await outcome(endless, limits: limits).error == .headersTooLarge)
  }

  @Test func bodiesAreLimited() async throws {
    var limits = TransportLimits.patient
    limits.maxBodyBytes = 10
    #expect(try await outcome("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789", limits: limits).text == "0123456789")
    #expect(try await outcome("HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n", limits: limits).error == .bodyTooLarge)
    #expect(try await outcome("HTTP/1.1 200 OK\r\n\r\n0123456789a", limits: limits).error == .bodyTooLarge)
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\nhello \r\n6\r\nriver \r\n0\r\n\r\n"
    #expect(try await outcome(chunked, limits: limits).error == .bodyTooLarge)
  }

  /// A length of 10 MB in a header costs 10 MB only when the bytes come.
  @Test func aSmallBodyDoesNotKeepALargeBuffer() async throws {
    let result = try await outcome("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")
    #expect(try result.get().body.storageCapacity <= 4096)
  }
}
