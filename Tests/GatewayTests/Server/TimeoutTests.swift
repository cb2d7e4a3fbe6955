import Hummingbird
import NIOCore
import Testing
import TestSupport

@testable import Gateway

/// With limits of a fraction of a second: what becomes of slow clients. How long it takes is asserted in the state's own tests.
@Suite struct TimeoutTests {
  @Test(arguments: ["G", "GET / HTTP/1.1\r\nHost: a\r\nX-A: "]) func aHeadThatDoesNotComeIs408(part: String) async throws {
    try await EdgeUnderTest.run(.quick { $0.headTimeout = .milliseconds(200) }) { edge in
      let (response, end) = try await edge.client {
        try $0.send(part); return (try $0.response(), $0.rest().end)
      }
      try expectProblem(response, 408, instance: nil)
      #expect(end == .closed)
    }
  }

  @Test func drippingDoesNotHelp() async throws {
    try await EdgeUnderTest.run(.quick { $0.headTimeout = .milliseconds(200) }) { edge in
      let response = try await edge.client { client in
        try client.send("GET / HTTP/1.1\r\nHost: a\r\nX-A: ")
        // Far more bytes than the limit has time for; sending them ends when the answer is there.
        return try client.dripUntilAnswered()
      }
      try expectProblem(response, 408, instance: nil)
    }
  }

  @Test func aBodyThatDoesNotComeIs408() async throws {
    try await EdgeUnderTest.run(.quick { $0.bodyTimeout = .milliseconds(200) }) { edge in
      let response = try await edge.client { client in
        try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
        return try client.response()
      }
      try expectProblem(response, 408, instance: "/echo")
    }
  }

  @Test func aConnectionThatSaysNothingIsClosedWithoutAWord() async throws {
    try await EdgeUnderTest.run(.quick { $0.headTimeout = .milliseconds(200) }) { edge in
      let rest = try await edge.client { $0.rest() }
      #expect(rest.bytes.isEmpty && rest.end == .closed)
    }
  }

  @Test func aKeptConnectionThatIsIdleIsClosedWithoutAWord() async throws {
    try await EdgeUnderTest.run(.quick { $0.idleTimeout = .milliseconds(200) }) { edge in
      let rest = try await edge.client { client in
        _ = try client.exchange("GET", "/")
        _ = try client.exchange("GET", "/")
        return client.rest()
      }
      #expect(rest.bytes.isEmpty && rest.end == .closed)
    }
  }

  @Test(arguments: [true, false]) func aClientThatDoesNotReadIsCut(isStream: Bool) async throws {
    let ended = Signal()
    try await EdgeUnderTest.run(.quick { $0.writeTimeout = .milliseconds(300) }) { router in
      router.get("/big") { _, _ in
        Response(
          status: .ok,
          body: ResponseBody(contentLength: isStream ? nil : 64 << 20) { writer in
            do {
              for _ in 0..<64 { try await writer.write(ByteBuffer(repeating: 1, count: 1 << 20)) }
              try await writer.finish(nil)
            } catch {
              ended.fire()
              throw error
            }
          })
      }
    } _: { edge in
      let client = try await blocking { try RawConnection(port: edge.port, receiveBuffer: 8192) }
      try client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await ended.wait())
      await edge.connections.waitUntilClosed()
      let end = try await blocking { client.rest() }
      #expect(end.end == .reset && end.bytes.count < 64 << 20)
    }
  }
}

extension RawConnection {
  /// Sends a byte now and then until there is an answer.
  fileprivate func dripUntilAnswered() throws -> Response {
    for _ in 0..<2000 where !hasBytes(within: 5) { sendLeniently("x") }
    return try response()
  }
}
