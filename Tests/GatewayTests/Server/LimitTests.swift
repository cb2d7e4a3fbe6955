import Testing
import TestSupport

@testable import Gateway

/// What a client may send, and the answer to more of it.
@Suite struct LimitTests {
  private static func answer(
    to text: String, limits: EdgeLimits = .quick, instance: String?, is status: Int
  ) async throws {
    try await EdgeUnderTest.run(limits) { edge in
      let (response, end) = try await edge.client { client in
        client.sendLeniently(text)
        let response = try client.response()
        return (response, client.rest())
      }
      try expectProblem(response, status, instance: instance)
      #expect(end.end == .closed && end.bytes.isEmpty, "nothing follows, and the answer was not lost to a reset")
    }
  }

  private static func get(_ target: String = "/", _ fields: String = "") -> String {
    "GET \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
  }

  @Test(arguments: [8_200, 17_000, 60_000, 300_000]) func aLongRequestLineIs414(length: Int) async throws {
    let target = "/" + String(repeating: "a", count: length)
    // Up to the parser's bound the target is still known.
    try await Self.answer(to: Self.get(target), instance: length < 16_000 ? target : nil, is: 414)
  }

  @Test func aRequestLineOfTheLimitIsAnswered() async throws {
    try await EdgeUnderTest.run { edge in
      let query = String(repeating: "a", count: 8192 - "GET /? HTTP/1.1".utf8.count)
      let response = try await edge.client {
        try $0.send(Self.get("/?" + query)); return try $0.response()
      }
      #expect(response.status == 200)
    }
  }

  @Test(arguments: [17_000, 50_000, 300_000]) func aLongFieldIs431(length: Int) async throws {
    let field = "X-A: \(String(repeating: "a", count: length))\r\n"
    try await Self.answer(to: Self.get("/", field), instance: nil, is: 431)
  }

  @Test func aFieldALittleTooLongIs431AndItsTargetKnown() async throws {
    let field = "X-Abcdefgh: \(String(repeating: "a", count: 16_380))\r\n"
    try await Self.answer(to: Self.get("/x", field), instance: "/x", is: 431)
  }

  @Test func manyBytesOfFieldsAre431() async throws {
    let fields = (0..<5).map { "X-\($0): \(String(repeating: "a", count: 7000))\r\n" }.joined()
    try await Self.answer(to: Self.get("/", fields), instance: "/", is: 431)
  }

  @Test(arguments: [101, 3000]) func manyFieldsAre431(count: Int) async throws {
    let fields = (0..<count).map { "X-\($0): a\r\n" }.joined()
    try await Self.answer(to: Self.get("/", fields), instance: nil, is: 431)
  }

  @Test func aHundredFieldsAreAnswered() async throws {
    try await EdgeUnderTest.run { edge in
      let fields = (0..<99).map { "X-\($0): a\r\n" }.joined()
      let response = try await edge.client {
        try $0.send(Self.get("/", fields)); return try $0.response()
      }
      #expect(response.status == 200)
    }
  }

  @Test(arguments: ["65537", "99999999999", "9223372036854775807"])
  func aBodyAnnouncedTooLongIs413BeforeItCame(length: String) async throws {
    let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n"
    try await Self.answer(to: head, instance: "/echo", is: 413)
    try await Self.answer(to: head + String(repeating: "b", count: 500_000), instance: "/echo", is: 413)
  }

  @Test func aBodyCountedTooLongIs413() async throws {
    let chunk = "2710\r\n\(String(repeating: "b", count: 10_000))\r\n"
    let text = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    try await Self.answer(to: text + String(repeating: chunk, count: 50), instance: "/echo", is: 413)
  }

  @Test func aBodyOfTheLimitIsReadWhole() async throws {
    let body = String(repeating: "b", count: 65_536)
    try await EdgeUnderTest.run { edge in
      let texts = try await edge.client { client in
        let first = try client.exchange("POST", "/echo", body: body).text
        let chunks = String(repeating: "4000\r\n\(String(repeating: "b", count: 0x4000))\r\n", count: 4)
        try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)0\r\nX-Trailer: a\r\n\r\n")
        return [first, try client.response().text]
      }
      #expect(texts == [body, body])
    }
  }

  @Test func aClientThatExpectsIsToldToContinue() async throws {
    try await EdgeUnderTest.run { edge in
      let (interim, response) = try await edge.client { client in
        try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n")
        let interim = try client.head()
        try client.send("hi")
        return (interim, try client.response())
      }
      #expect(interim == "HTTP/1.1 100 Continue\r\n\r\n")
      #expect(response.status == 200 && response.text == "hi")
    }
  }

  @Test func aBodyTooLongIsNotWaitedFor() async throws {
    let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\nExpect: 100-continue\r\n\r\n"
    try await EdgeUnderTest.run { edge in
      let first = try await edge.client {
        try $0.send(head); return try $0.head()
      }
      #expect(first.hasPrefix("HTTP/1.1 413 "))
    }
  }

  @Test(arguments: [
    "Expect: a-miracle", "Expect: 100-continue, a-miracle", "Expect: a-miracle\r\nExpect: 100-continue",
    "Expect: 100-continue\r\nX-A: b\r\nexpect: a-miracle", "Expect: 100-continue;now",
  ]) func anotherExpectationIs417(fields: String) async throws {
    let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\(fields)\r\n\r\nhi"
    try await Self.answer(to: head, instance: "/echo", is: 417)
  }

  @Test(arguments: ["Expect: ,100-continue, 100-Continue", "Expect: 100-continue\r\nExpect: 100-continue"])
  func theSameExpectationTwiceIsOne(fields: String) async throws {
    try await EdgeUnderTest.run { edge in
      let (interim, response) = try await edge.client { client in
        try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\(fields)\r\n\r\n")
        let interim = try client.head()
        try client.send("hi")
        return (interim, String(decoding: try client.bytes(12), as: UTF8.self))
      }
      #expect(interim == "HTTP/1.1 100 Continue\r\n\r\n")
      #expect(response == "HTTP/1.1 200")
    }
  }

  @Test(arguments: ["HTTP/2.0", "HTTP/0.9", "HTTP/3.7"]) func anotherVersionIs505(version: String) async throws {
    try await Self.answer(to: "GET / \(version)\r\nHost: a\r\n\r\n", instance: nil, is: 505)
  }

  @Test func aRefusalHasItsAccessLine() async throws {
    let file = try TemporaryLog()
    try await EdgeUnderTest.run(logTo: file.descriptor) { edge in
      _ = try await edge.client {
        try $0.send("nonsense\r\n\r\n"); return try $0.response()
      }
      _ = try await edge.client {
        try $0.send("GET /x HTTP/1.1\r\n\r\n"); return try $0.response()
      }
    }
    let lines = try file.lines()
    #expect(lines.count == 2)
    #expect(lines.allSatisfy { $0.contains("\"status\":400") && $0.contains("\"request.id\":\"") }, "\(lines)")
    #expect(lines.first?.contains("\"route\":\"Refused\"") == true)
  }
}
