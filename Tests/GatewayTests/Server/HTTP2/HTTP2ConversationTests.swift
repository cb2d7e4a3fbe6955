import Hummingbird
import NIOCore
import Testing
import TestSupport

@testable import Gateway

/// HTTP/2 over real sockets, frame by frame.
@Suite struct HTTP2ConversationTests {
  @Test func aRequestIsAnswered() async throws {
    try await EdgeUnderTest.run(h2c: true) { edge in
      let answer = try await edge.frames { try $0.exchange(fields: [("x-request-id", "mine")]) }
      #expect(answer.status == 200 && answer.text == "hello" && answer.reset == nil)
      #expect(answer.fields["content-length"] == "5" && answer.fields["x-request-id"] == "mine")
      #expect(answer.fields["date"] != nil && answer.fields["server"] == "tributary")
    }
  }

  @Test func manyRequestsOfOneReadAreAllAnswered() async throws {
    try await EdgeUnderTest.run(h2c: true) { edge in
      let answers = try await edge.frames { client in
        let heads = try (0..<100).map { _ in try client.head() }
        try client.send(heads)
        return try heads.map { try client.answer(on: $0.stream) }
      }
      #expect(answers.count == 100 && answers.allSatisfy { $0.text == "hello" })
    }
  }

  @Test func aSlowAnswerHoldsNoOtherUp() async throws {
    let release = Signal()
    let routes: (Router<GatewayContext>) -> Void = { router in
      router.get("/wait") { _, _ in
        _ = await release.wait()
        return "late"
      }
    }
    try await EdgeUnderTest.run(h2c: true, routes: routes) { edge in
      let texts = try await edge.frames { client in
        let slow = try client.head("GET", "/wait")
        try client.send(slow)
        let quick = try client.exchange()
        release.fire()
        return [quick.text, try client.answer(on: slow.stream).text]
      }
      #expect(texts == ["hello", "late"])
    }
  }

  @Test(arguments: [0, 1, 16_384, 65_536]) func aBodyComesBack(length: Int) async throws {
    try await EdgeUnderTest.run(h2c: true) { edge in
      let body = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
      let answer = try await edge.frames { try $0.exchange("POST", "/echo", body: body) }
      #expect(answer.status == 200 && answer.body == body)
    }
  }

  /// The window of the connection is opened again for each.
  @Test func manyBodiesCanBeSentOnOneConnection() async throws {
    try await EdgeUnderTest.run(h2c: true) { edge in
      let body = [UInt8](repeating: 7, count: 60_000)
      let sizes = try await edge.frames { client in
        try (0..<10).map { _ in try client.exchange("POST", "/echo", body: body).body.count }
      }
      #expect(sizes == [Int](repeating: 60_000, count: 10))
    }
  }

  @Test func headHasNoBody() async throws {
    try await EdgeUnderTest.run(h2c: true) { edge in
      let answer = try await edge.frames { try $0.exchange("HEAD") }
      #expect(answer.status == 200 && answer.body.isEmpty && answer.fields["content-length"] == "5")
    }
  }

  @Test func aBodyThatIsAwaitedIsAskedFor() async throws {
    try await EdgeUnderTest.run(h2c: true) { edge in
      let (interim, answer) = try await edge.frames { client in
        let head = try client.head("POST", "/echo", fields: [("expect", "100-continue")], ends: false)
        try client.send(head)
        var interim: FrameClient.Frame?
        while interim == nil { interim = try client.frame().flatMap { $0.kind == .headers ? $0 : nil } }
        try client.send(client.data(Array("x".utf8), on: head.stream))
        return (interim, try client.answer(on: head.stream))
      }
      #expect(interim?.flags == FrameClient.Frame.endHeaders, "the answer is still to come")
      #expect(answer.text == "x")
    }
  }

  /// Whose answer ends before the body does is told that nobody wants the rest.
  @Test func anAnswerBeforeTheEndOfTheBodyEndsTheStream() async throws {
    try await EdgeUnderTest.run(h2c: true) { edge in
      let (answer, reset, next) = try await edge.frames { client in
        let head = try client.head("POST", "/echo", fields: [("content-length", "65537")], ends: false)
        try client.send(head)
        let answer = try client.answer(on: head.stream)
        var frame = try client.frame()
        while let other = frame, other.kind != .reset { frame = try client.frame() }
        return (answer, frame, try client.exchange())
      }
      #expect(answer.status == 413)
      #expect(reset?.errorCode == 0, "NO_ERROR")
      #expect(next.text == "hello")
    }
  }

  @Test func onAPortOfBothHTTP1IsStillSpoken() async throws {
    try await EdgeUnderTest.run(h2c: true) { edge in
      let statuses = try await edge.client { client in
        let first = try client.exchange("GET", "/").status
        // Bytes that the preface begins with too.
        try client.send("P")
        try client.send("OST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        return [first, try client.response().status]
      }
      #expect(statuses == [200, 200])
      let post = try await edge.client { client in
        try client.send("P")
        try client.send("OST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        return try client.response().status
      }
      #expect(post == 200)
    }
  }

  @Test func withoutH2cThePrefaceIsRefused() async throws {
    try await EdgeUnderTest.run { edge in
      let response = try await edge.client { client in
        try client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        return try client.response()
      }
      #expect(response.status >= 400)
    }
  }

  @Test func anAccessLineNamesTheProtocol() async throws {
    let log = try TemporaryLog()
    try await EdgeUnderTest.run(h2c: true, logTo: log.descriptor) { edge in
      _ = try await edge.frames { try $0.exchange() }
      _ = try await edge.client { try $0.exchange("GET", "/") }
    }
    let lines = try log.lines()
    #expect(lines.count == 2)
    #expect(lines.first?.contains(#""protocol":"HTTP/2""#) == true && lines.last?.contains("protocol") == false)
  }
}
