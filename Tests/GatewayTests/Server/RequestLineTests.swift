import Testing
import TestSupport

@testable import Gateway

/// The first line of a request is what RFC 9112 §3 says, wherever in the stream it stands and however it comes.
@Suite struct RequestLineTests {
  private static let wrong = [
    "GET / RTSP/1.0\r\n", "OPTIONS / RTSP/1.0\r\n", "SOURCE / ICE/1.0\r\n", "GET / ICE/1.0\r\n", "GET / HTTPS/1.1\r\n",
    "GET / http/1.1\r\n", "GET  / HTTP/1.1\r\n", "GET /  HTTP/1.1\r\n", " GET / HTTP/1.1\r\n", "GET / HTTP/1.1 \r\n",
    "GET\t/ HTTP/1.1\r\n", "GET /\tHTTP/1.1\r\n", "GET / HTTP/1.1\n", "GET / HTTP/1.1\r\r\n", "GET / HTTP/11\r\n",
    "GET / HTTP/1.10\r\n", "GET / HTTP/1,1\r\n", "GET /\r\n", "GET / \r\n", "GET\r\n", "GET /a b HTTP/1.1\r\n",
    "GET /#a HTTP/1.1\r\n", "GET /?a#b HTTP/1.1\r\n", "GET http://a/#b HTTP/1.1\r\n", "GET # HTTP/1.1\r\n",
  ]

  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
  /// What may come before; the bodies look like what follows them.
  private static let before: [(requests: Int, text: String)] = [
    (0, ""), (0, "\r\n\r\n"), (1, get), (2, get + "\r\n" + get),
    (1, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \(get.utf8.count + 1)\r\n\r\n\(get)\r"),
    (
      1,
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(String(get.utf8.count + 1, radix: 16))\r\n\(get)\r\r\n0\r\n\r\n"
    ),
    (1, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\r\n\r\n0\r\nX-Trailer: a\r\n\r\n"),
  ]

  @Test func eachWrongOneIsRefusedWhateverStandsBefore() async throws {
    try await EdgeUnderTest.run { edge in
      for before in Self.before {
        for line in Self.wrong {
          let (statuses, last, rest) = try await edge.client { client in
            client.sendLeniently(before.text + line + "Host: a\r\n\r\n")
            let statuses = try (0..<before.requests).map { _ in try client.response().status }
            return (statuses, try client.response(), client.rest())
          }
          #expect(statuses.allSatisfy { $0 == 200 }, "\(before)\(line): \(statuses)")
          try expectProblem(last, 400, instance: nil)
          #expect(rest.bytes.isEmpty && rest.end == .closed, "\(before)\(line)")
        }
      }
    }
  }

  @Test func aWrongOneIsRefusedAsSoonAsItIsWrong() async throws {
    try await EdgeUnderTest.run { edge in
      for line in ["GET  ", "GET / RT", "GET / HTTP/1.1\n", "GET /\n"] {
        let status = try await edge.client { client in
          for byte in line.utf8 { try client.send([byte]) }
          return try client.response().status
        }
        #expect(status == 400, "\(line)")
      }
    }
  }

  /// Also where each byte comes alone, and where all come at once.
  @Test(arguments: [false, true]) func aBodyMayLookLikeAnything(isCut: Bool) async throws {
    let body = "\r\n\r\nGET  / RTSP/1.0\n\n\r\nHEAD / HTTP/1.1\r\n\r\n\n\r\n"
    let size = body.utf8.count
    let text =
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n\(body)"
      + "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(String(size, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
      + Self.get
    try await EdgeUnderTest.run { edge in
      let texts = try await edge.client { client in
        for piece in isCut ? text.utf8.map({ [$0] }) : [Array(text.utf8)] { try client.send(piece) }
        return try (0..<3).map { _ in try client.response().text }
      }
      #expect(texts == [body, body, "hello"])
    }
  }

  @Test func theLineEndsWhereItEnds() {
    for text in ["GET / HTTP/1.1\r\n", "\r\n\n\rHEAD /a?b HTTP/1.0\r\n", "M-SEARCH * HTTP/9.9\r\n"] {
      let bytes = Array((text + "Host: a\r\n\r\n").utf8)
      for cut in 0...bytes.count {
        var line = RequestLine()
        let first = bytes[..<cut].withUnsafeBytes { line.read($0) }
        let second = line.hasEnded ? 0 : bytes[cut...].withUnsafeBytes { line.read($0) }
        #expect(line.hasEnded && !line.isBroken && first + second == text.utf8.count, "\(text) cut at \(cut)")
        #expect(line.asksForHead == text.contains("HEAD"))
      }
    }
  }

  @Test(arguments: ["HEADS", "HEA", "HEAD", "head", "HEADHEAD"]) func onlyOneMethodIsHEAD(method: String) {
    var line = RequestLine()
    _ = Array("\(method) ".utf8).withUnsafeBytes { line.read($0) }
    #expect(line.asksForHead == (method == "HEAD"))
  }
}
