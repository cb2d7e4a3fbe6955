import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Testing
import TestSupport

@testable import Gateway

/// The order of things on one connection.
@Suite struct ConversationTests {
  private static func get(_ path: String, _ fields: String = "") -> String { "GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n" }

  private static func addNumbers(_ router: Router<GatewayContext>) {
    router.get("/number/:n") { _, context in
      // Later ones are ready sooner.
      let number = try context.parameters.require("n", as: Int.self)
      for _ in 0..<(60 - number) { await Task.yield() }
      return "\(number)"
    }
    router.get("/big") { _, _ in
      Response(status: .ok, body: ResponseBody(contentsOf: (0..<64).map { ByteBuffer(repeating: UInt8($0), count: 65_536) }))
    }
    router.get("/stream") { _, _ in
      Response(
        status: .ok,
        body: ResponseBody { writer in
          for piece in ["one ", "", "two ", "three"] { try await writer.write(ByteBuffer(string: piece)) }
          try await writer.finish(nil)
        })
    }
    router.get("/unfinished") { _, _ in
      Response(status: .ok, body: ResponseBody { writer in try await writer.write(ByteBuffer(string: "half")) })
    }
    router.get("/failing") { _, _ in
      Response(
        status: .ok,
        body: ResponseBody { writer in
          try await writer.write(ByteBuffer(string: "half"))
          throw HTTPError(.badGateway)
        })
    }
    router.get("/throwing") { _, _ -> String in throw HTTPError(.conflict) }
    router.get("/lying") { _, _ in
      Response(status: .ok, body: ResponseBody(contentLength: 3) { try await $0.write(ByteBuffer(string: "more than that")) })
    }
    router.get("/nothing") { _, _ in Response(status: .noContent) }
  }

  @Test func fiftyRequestsInOneWriteAreAnsweredInOrder() async throws {
    try await EdgeUnderTest.run(routes: Self.addNumbers) { edge in
      let texts = try await edge.client { client in
        try client.send((0..<50).map { Self.get("/number/\($0)") }.joined())
        return try (0..<50).map { _ in try client.response().text }
      }
      #expect(texts == (0..<50).map { "\($0)" })
    }
  }

  @Test func thousandsOfRequestsThatNobodyWaitsForAreAnsweredToo() async throws {
    try await EdgeUnderTest.run(routes: Self.addNumbers) { edge in
      let count = try await edge.client { client in
        for _ in 0..<40 { try client.send(String(repeating: Self.get("/"), count: 100)) }
        return try (0..<4000).reduce(0) { count, _ in try client.response().text == "hello" ? count + 1 : count }
      }
      #expect(count == 4000)
    }
  }

  @Test func aRequestMayComeByteByByte() async throws {
    try await EdgeUnderTest.run { edge in
      let text =
        "POST /echo?a=b HTTP/1.1\r\nHost: a\r\nX-Long-Name: and a value\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
      let texts = try await edge.client { client in
        try (0..<2).map { _ in
          for byte in text.utf8 { try client.send([byte]) }
          return try client.response().text
        }
      }
      #expect(texts == ["abc", "abc"])
    }
  }

  @Test func linesBeforeARequestAreOverlooked() async throws {
    try await EdgeUnderTest.run { edge in
      let statuses = try await edge.client { client in
        try client.send("\r\n\r\n\(Self.get("/"))\r\n\(Self.get("/"))")
        return try (0..<2).map { _ in try client.response().status }
      }
      #expect(statuses == [200, 200])
    }
  }

  @Test func anAnswerToHeadHasNoBodyAndTheNextOneFollows() async throws {
    try await EdgeUnderTest.run(routes: Self.addNumbers) { edge in
      let (head, empty, next) = try await edge.client { client in
        try client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n\(Self.get("/nothing"))\(Self.get("/"))")
        return (try client.response(toHead: true), try client.response(), try client.response())
      }
      #expect(head.status == 200 && head.fields["content-length"] == "5")
      #expect(empty.status == 204 && empty.fields["content-length"] == nil)
      #expect(next.text == "hello")
    }
  }

  @Test(arguments: ["GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"])
  func aClientThatWantsNoMoreIsLetGo(text: String) async throws {
    try await EdgeUnderTest.run { edge in
      let (response, rest) = try await edge.client {
        try $0.send(text + text); return (try $0.response(), $0.rest())
      }
      #expect(response.text == "hello" && response.fields["connection"] == "close")
      #expect(rest.bytes.isEmpty && rest.end == .closed)
    }
  }

  @Test func anOldClientMayBeKept() async throws {
    try await EdgeUnderTest.run { edge in
      let responses = try await edge.client { client in
        try (0..<2).map { _ in
          try client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
          return try client.response().fields["connection"]
        }
      }
      #expect(responses == ["keep-alive", "keep-alive"])
    }
  }

  @Test func aBigBodyArrivesAsItIs() async throws {
    try await EdgeUnderTest.run(routes: Self.addNumbers) { edge in
      let bodies = try await edge.client { client in
        try client.send(Self.get("/big") + Self.get("/big"))
        return [try client.response().body, try client.response().body]
      }
      let expected = (0..<64).flatMap { [UInt8](repeating: UInt8($0), count: 65_536) }
      #expect(bodies == [expected, expected])
    }
  }

  @Test func aStreamArrivesInChunksAndTheConnectionGoesOn() async throws {
    try await EdgeUnderTest.run(routes: Self.addNumbers) { edge in
      let (stream, unfinished, next) = try await edge.client { client in
        try client.send(Self.get("/stream") + Self.get("/unfinished") + Self.get("/"))
        return (try client.response(), try client.response(), try client.response())
      }
      #expect(stream.text == "one two three" && stream.fields["transfer-encoding"] == "chunked")
      #expect(unfinished.text == "half")
      #expect(next.text == "hello")
    }
  }

  @Test func anOldClientReadsAStreamToTheEnd() async throws {
    try await EdgeUnderTest.run(routes: Self.addNumbers) { edge in
      let (bytes, end) = try await edge.client { client in
        try client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        return client.rest()
      }
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(text.hasSuffix("\r\n\r\none two three") && text.contains("Connection: close") && end == .closed)
    }
  }

  @Test func aBodyThatFailsNeverLooksWhole() async throws {
    try await EdgeUnderTest.run(routes: Self.addNumbers) { edge in
      let bytes = try await edge.client {
        try $0.send(Self.get("/failing")); return $0.rest().bytes
      }
      #expect(!String(decoding: bytes, as: UTF8.self).contains("0\r\n\r\n"))
    }
  }

  @Test func aLengthThatIsUntrueIsCorrected() async throws {
    try await EdgeUnderTest.run(routes: Self.addNumbers) { edge in
      let text = try await edge.client { try $0.exchange("GET", "/lying").text }
      #expect(text == "more than that")
    }
  }

  @Test func aRouteThatThrowsIsAnsweredAndTheConnectionGoesOn() async throws {
    try await EdgeUnderTest.run(routes: Self.addNumbers) { edge in
      let statuses = try await edge.client { client in
        try client.send(Self.get("/throwing") + Self.get("/"))
        return try (0..<2).map { _ in try client.response().status }
      }
      #expect(statuses == [409, 200])
    }
  }
}
