import Testing
import TestSupport

@testable import Gateway

/// Bytes that are no request, or two requests to two readers (RFC 9112 §11.2). Each is answered with a clean 400 and nothing more.
@Suite struct MalformedRequestTests {
  private static let corpus: [(name: String, text: String)] = [
    (
      "both lengths",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n"
    ),
    ("both, turned", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"),
    ("two lengths", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"),
    ("twice one length", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd"),
    ("a list of lengths", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4, 4\r\n\r\nabcd"),
    ("negative length", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"),
    ("signed length", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\nabcd"),
    ("hexadecimal length", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0x4\r\n\r\nabcd"),
    ("empty length", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\nabcd"),
    ("length overflow", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"),
    ("xchunked", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    ("chunked, gzip", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
    ("gzip, chunked", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    (
      "chunked twice",
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    ("identity", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n"),
    ("coding before a colon", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
    ("coding in 1.0", "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    (
      "chunk size overflow",
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\na\r\n0\r\n\r\n"
    ),
    ("negative chunk size", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n"),
    ("no chunk size", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\r\na\r\n0\r\n\r\n"),
    ("chunk without its end", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"),
    ("bare LF", "GET / HTTP/1.1\nHost: a\n\n"),
    ("bare LF after a field", "GET / HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n"),
    ("bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n"),
    ("bare LF in chunks", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\na\n0\n\n"),
    ("bare CR", "GET / HTTP/1.1\r\nHost: a\rX-A: b\r\n\r\n"),
    ("folded field", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n"),
    ("space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
    ("NUL in a field", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n"),
    ("NUL in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\0A: b\r\n\r\n"),
    ("NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("space in a name", "GET / HTTP/1.1\r\nHost: a\r\nX A: b\r\n\r\n"),
    ("no name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"),
    ("no colon", "GET / HTTP/1.1\r\nHost: a\r\nX-A\r\n\r\n"),
    ("no host", "GET / HTTP/1.1\r\n\r\n"),
    ("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    ("two hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
    ("a host that is none", "GET / HTTP/1.1\r\nHost: a/b@c\r\n\r\n"),
    ("joined hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
    ("space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("no slash", "GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("user information", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("asterisk for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("unknown method", "GOT / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("small method", "get / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("no version", "GET /\r\nHost: a\r\n\r\n"),
    ("a greeting of TLS", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{FC}"),
    ("a preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("garbage", "\u{1}\u{2}\u{3}\r\n\r\n"),
  ]

  @Test func eachIsAnsweredWithOneCleanRefusal() async throws {
    try await EdgeUnderTest.run { edge in
      for (name, text) in Self.corpus {
        let (response, rest) = try await edge.client { client in
          client.sendLeniently(text)
          return (try client.response(), client.rest())
        }
        #expect([400, 505].contains(response.status), "\(name): \(response.status)")
        #expect(
          response.fields["connection"] == "close" && response.fields["content-type"] == "application/problem+json", "\(name)")
        #expect(rest.bytes.isEmpty && rest.end == .closed, "\(name): \(String(decoding: rest.bytes, as: UTF8.self))")
      }
    }
  }

  /// As far as its method is known when it is refused.
  @Test(arguments: [
    "HEAD / HTTP/1.1\r\nHost: a\r\nX A: b\r\n\r\n", "HEAD  / HTTP/1.1\r\n", "HEAD / RTSP/1.0\r\n",
    "HEAD a HTTP/1.1\r\nHost: a\r\n\r\n",
    "HEAD / HTTP/1.1\r\n\r\n", "HEAD / HTTP/3.0\r\nHost: a\r\n\r\n",
    "HEAD / HTTP/1.1\r\nHost: a\r\nX-Long: \(String(repeating: "a", count: 40_000))\r\n\r\n",
  ]) func aRefusalOfHeadHasNoBody(text: String) async throws {
    try await EdgeUnderTest.run { edge in
      let (response, rest) = try await edge.client { client in
        client.sendLeniently(text)
        return (try client.response(toHead: true), client.rest())
      }
      #expect([400, 431, 505].contains(response.status))
      #expect(response.fields["content-type"] == "application/problem+json" && response.fields["content-length"] != "0")
      #expect(rest.bytes.isEmpty && rest.end == .closed, "\(String(decoding: rest.bytes, as: UTF8.self))")
    }
  }

  @Test func aRefusalBehindAHeadHasOne() async throws {
    try await EdgeUnderTest.run { edge in
      let (head, refusal) = try await edge.client { client in
        try client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n")
        return (try client.response(toHead: true), try client.response())
      }
      #expect(head.status == 200)
      try expectProblem(refusal, 400, instance: nil)
    }
  }

  @Test func whatCameBeforeItIsStillAnswered() async throws {
    try await EdgeUnderTest.run { edge in
      let statuses = try await edge.client { client in
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n")
        return try (0..<3).map { _ in try client.response().status }
      }
      #expect(statuses == [200, 200, 400])
    }
  }

  @Test func aRequestCutInTheMiddleIs400() async throws {
    try await EdgeUnderTest.run { edge in
      for part in ["GET / HTTP/1.1\r\nHo", "GE", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"] {
        let status = try await edge.client { client in
          try client.send(part)
          client.closeOutput()
          return try client.response().status
        }
        #expect(status == 400)
      }
    }
  }

  @Test func randomBytesNeverGetAnAnswerThatIsNotOne() async throws {
    try await EdgeUnderTest.run { edge in
      var random = SeededGenerator(seed: 20)
      let seeds = Self.corpus.map(\.text) + ["GET / HTTP/1.1\r\nHost: a\r\n\r\n"]
      for _ in 0..<300 {
        var bytes = Array(random.pick(seeds).utf8)
        for _ in 0..<random.draw(1..<4) where !bytes.isEmpty {
          bytes[random.draw(0..<bytes.count)] = UInt8(random.draw(0..<256))
        }
        let sent = bytes
        let received = try await edge.client { client in
          do { try client.send(sent) } catch { return client.rest().bytes }
          client.closeOutput()
          return client.rest().bytes
        }
        let text = String(decoding: received, as: UTF8.self)
        #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 "), "\(text.prefix(80))")
        #expect(!text.hasPrefix("HTTP/1.1 500"), "\(sent)")
      }
    }
  }
}
