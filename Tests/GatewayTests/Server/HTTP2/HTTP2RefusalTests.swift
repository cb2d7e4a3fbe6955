import Foundation
import Hummingbird
import Testing
import TestSupport

@testable import Gateway

/// Requests of HTTP/2 that are answered with a problem, or with a reset.
@Suite struct HTTP2RefusalTests {
  struct Bad: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let status: Int
    var method = "GET"
    var path: String? = "/"
    var authority: String? = "a"
    var fields: [(String, String)] = []
    var body: Int?
  }

  static let refused = [
    Bad(testDescription: "no authority", status: 400, authority: nil),
    Bad(testDescription: "another Host", status: 400, fields: [("host", "b")]),
    Bad(testDescription: "two Hosts", status: 400, fields: [("host", "a"), ("host", "a")]),
    Bad(testDescription: "a Host that is none", status: 400, authority: "a/b"),
    Bad(testDescription: "a path without a slash", status: 400, path: "x"),
    Bad(testDescription: "an absolute path", status: 400, path: "http://a/"),
    Bad(testDescription: "a fragment", status: 400, path: "/#x"),
    Bad(testDescription: "an asterisk", status: 400, path: "*"),
    Bad(testDescription: "a method that is none", status: 400, method: "GE(T"),
    Bad(testDescription: "an expectation", status: 417, fields: [("expect", "more")]),
    Bad(testDescription: "CONNECT", status: 501, method: "CONNECT", path: nil),
    Bad(testDescription: "a long path", status: 414, path: "/" + String(repeating: "a", count: 8200)),
    Bad(testDescription: "a long field", status: 431, fields: [("x-a", String(repeating: "a", count: 16_384))]),
    Bad(testDescription: "many fields", status: 431, fields: (0..<101).map { ("x-\($0)", "a") }),
    Bad(testDescription: "a body announced too long", status: 413, method: "POST", fields: [("content-length", "65537")]),
    Bad(testDescription: "a body counted too long", status: 413, method: "POST", path: "/echo", body: 65_537),
  ]

  @Test(arguments: refused) func whatIsWrongIsAnsweredWithAProblem(bad: Bad) async throws {
    try await EdgeUnderTest.run(h2c: true) { edge in
      let (answer, next) = try await edge.frames { client in
        let answer: FrameClient.Answer
        // Until it has heard of our settings it must not send more than 16 KB of fields.
        _ = try client.exchange()
        if bad.method == "CONNECT" {
          let head = try client.head([(":method", "CONNECT"), (":authority", "a")], ends: false)
          try client.send(head)
          answer = try client.answer(on: head.stream)
        } else if bad.testDescription == "a body announced too long" {
          let head = try client.head(bad.method, bad.path, fields: bad.fields, ends: false)
          try client.send(head)
          answer = try client.answer(on: head.stream)
        } else {
          answer = try client.exchange(
            bad.method, bad.path, authority: bad.authority, fields: bad.fields,
            body: bad.body.map { [UInt8](repeating: 98, count: $0) })
        }
        return (answer, try client.exchange())
      }
      #expect(answer.status == bad.status)
      #expect(answer.fields["content-type"] == "application/problem+json")
      let members = try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
      #expect(members["status"] as? Int == bad.status)
      #expect(members["request_id"] as? String == answer.fields["x-request-id"])
      #expect(next.text == "hello", "one bad request takes no other with it")
    }
  }

  static let malformed: [(String, [(String, String)])] = [
    ("connection", [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a"), ("connection", "close")]),
    ("upgrade", [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a"), ("upgrade", "h2c")]),
    (
      "chunked", [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a"), ("transfer-encoding", "chunked")]
    ),
    ("no path", [(":method", "GET"), (":scheme", "http"), (":authority", "a")]),
    ("an empty path", [(":method", "GET"), (":scheme", "http"), (":path", ""), (":authority", "a")]),
    ("a blank in the path", [(":method", "GET"), (":scheme", "http"), (":path", "/a b"), (":authority", "a")]),
    ("two paths", [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":path", "/b"), (":authority", "a")]),
    (
      "a pseudo field behind others",
      [(":method", "GET"), (":scheme", "http"), ("x-a", "b"), (":path", "/"), (":authority", "a")]
    ),
    ("an unknown pseudo field", [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":x", "y"), (":authority", "a")]),
    (
      "a line end in a value",
      [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a"), ("x-a", "b\r\nc: d")]
    ),
    ("a capital", [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a"), ("X-A", "b")]),
    ("te", [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a"), ("te", "gzip")]),
  ]

  @Test(arguments: malformed.indices) func whatIsNoRequestIsReset(index: Int) async throws {
    let fields = Self.malformed[index].1
    try await EdgeUnderTest.run(h2c: true) { edge in
      let (answer, next) = try await edge.frames { client in
        let head = try client.head(fields)
        try client.send(head)
        return (try client.answer(on: head.stream), try client.exchange())
      }
      #expect(answer.reset == 1 && answer.status == 0, "PROTOCOL_ERROR: \(Self.malformed[index].0)")
      #expect(next.text == "hello")
    }
  }

  @Test func aListOfFieldsBeyondTheLimitEndsTheConnection() async throws {
    try await EdgeUnderTest.run(h2c: true) { edge in
      let code = try await edge.frames { client in
        try client.send(try client.head(fields: (0..<20).map { ("x-\($0)", String(repeating: "%", count: 4000)) }))
        return try client.readToTheEnd()
      }
      #expect(code != nil && code != 0)
    }
  }

  @Test func moreStreamsThanAllowedAreRefused() async throws {
    let (begun, release) = (Signal(), Signal())
    try await EdgeUnderTest.run(.quick { $0.maxStreams = 2 }, h2c: true) { router in
      router.get("/wait") { _, _ in
        begun.fire()
        _ = await release.wait()
        return "late"
      }
    } _: { edge in
      let (answers, refused) = try await edge.frames { client in
        let heads = try (0..<3).map { _ in try client.head("GET", "/wait") }
        // Before the settings of the server can have come.
        try client.send(heads)
        let refused = try client.answer(on: heads[2].stream)
        release.fire()
        release.fire()
        return (try heads.prefix(2).map { try client.answer(on: $0.stream) }, refused)
      }
      #expect(refused.reset == 7, "REFUSED_STREAM")
      #expect(answers.map(\.status) == [200, 200])
    }
  }
}
