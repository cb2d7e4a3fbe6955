import Hummingbird
import NIOCore
import Testing
import TestSupport

@testable import Gateway

/// Clients that close their side, and clients that are gone.
@Suite struct LeavingTests {
  /// A route that hangs until it is cancelled, and tells of both.
  private static func hanging(_ begun: Signal, _ cancelled: Signal) -> (Router<GatewayContext>) -> Void {
    { router in
      router.get("/hang") { _, _ in
        begun.fire()
        try await hangs(cancelled)
        return "late"
      }
    }
  }

  private static let hang = "GET /hang HTTP/1.1\r\nHost: a\r\n\r\n"

  enum Leaving: CaseIterable { case close, reset }

  @Test(arguments: Leaving.allCases) func aClientThatIsGoneHasItsRequestCancelled(leaving: Leaving) async throws {
    let (begun, cancelled) = (Signal(), Signal())
    try await EdgeUnderTest.run(routes: Self.hanging(begun, cancelled)) { edge in
      let client = try await blocking { try edge.connect() }
      try client.send(Self.hang)
      #expect(await begun.wait())
      let left = ContinuousClock.now
      if leaving == .close { client.close() } else { client.reset() }
      #expect(await cancelled.wait())
      #expect(ContinuousClock.now - left < .seconds(5))
    }
  }

  /// More than one read: what is held back until its turn must come to its turn, and the end of the input behind it.
  @Test(arguments: [1, 40, 500]) func aHalfClosedClientGetsEveryAnswerThatItAskedFor(count: Int) async throws {
    let release = Signal()
    let routes: (Router<GatewayContext>) -> Void = { router in
      router.get("/wait") { _, _ in
        _ = await release.wait()
        return "first"
      }
    }
    try await EdgeUnderTest.run(routes: routes) { edge in
      let client = try await blocking { try edge.connect() }
      try client.send(
        "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n" + String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: count))
      client.closeOutput()
      release.fire()
      let text = try await blocking { String(decoding: client.rest().bytes, as: UTF8.self) }
      #expect(text.split(separator: "HTTP/1.1 200 OK").count == count + 1)
    }
  }

  @Test func aClientWithMuchPipelinedThatIsGoneIsNoticedToo() async throws {
    let (begun, cancelled) = (Signal(), Signal())
    try await EdgeUnderTest.run(routes: Self.hanging(begun, cancelled)) { edge in
      let client = try await blocking { try edge.connect() }
      try client.send(Self.hang + String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 200))
      #expect(await begun.wait())
      client.close()
      #expect(await cancelled.wait())
    }
  }

  @Test func aPipeliningClientThatIsGoneIsNoticedToo() async throws {
    let (begun, cancelled) = (Signal(), Signal())
    try await EdgeUnderTest.run(routes: Self.hanging(begun, cancelled)) { edge in
      let client = try await blocking { try edge.connect() }
      try client.send(Self.hang + Self.hang + Self.hang)
      #expect(await begun.wait())
      client.close()
      #expect(await cancelled.wait())
    }
  }

  @Test func aHalfClosedClientGetsItsAnswers() async throws {
    let (begun, go) = (Signal(), Signal())
    try await EdgeUnderTest.run { router in
      router.get("/slow") { _, _ in
        begun.fire()
        _ = await go.wait()
        return "slow"
      }
    } _: { edge in
      let client = try await blocking { try edge.connect() }
      try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
      client.closeOutput()
      #expect(await begun.wait())
      // The interim answers come while it waits; they change nothing.
      let interim = try await blocking { [try client.head(), try client.head()] }
      #expect(interim == ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n"])
      go.fire()
      let (texts, end) = try await blocking { (try (0..<2).map { _ in try client.response().text }, client.rest().end) }
      #expect(texts == ["slow", "hello"])
      #expect(end == .closed)
    }
  }

  /// It cannot be asked whether it is still there.
  @Test(arguments: ["", "Connection: keep-alive\r\n"], [0, 200])
  func anOldClientThatClosesItsSideBeforeItsAnswerHasLeft(field: String, pipelined: Int) async throws {
    let (begun, cancelled) = (Signal(), Signal())
    let request = "GET /hang HTTP/1.0\r\n\(field)\r\n"
    try await EdgeUnderTest.run(routes: Self.hanging(begun, cancelled)) { edge in
      let client = try await blocking { try edge.connect() }
      try client.send(request + String(repeating: request, count: pipelined))
      #expect(await begun.wait())
      let left = ContinuousClock.now
      client.closeOutput()
      #expect(await cancelled.wait())
      #expect(ContinuousClock.now - left < .seconds(5))
      let rest = try await blocking { client.rest() }
      #expect(rest.bytes.isEmpty)
    }
  }

  @Test func anOldClientThatClosesItsSideGetsAnAnswerThatHasBegun() async throws {
    let go = Signal()
    let routes: (Router<GatewayContext>) -> Void = { router in
      router.get("/stream") { _, _ in
        Response(
          status: .ok,
          body: ResponseBody { writer in
            try await writer.write(ByteBuffer(string: "one "))
            _ = await go.wait()
            try await writer.write(ByteBuffer(string: "two"))
            try await writer.finish(nil)
          })
      }
    }
    try await EdgeUnderTest.run(routes: routes) { edge in
      let client = try await blocking { try edge.connect() }
      try client.send("GET /stream HTTP/1.0\r\n\r\n")
      let head = try await blocking { try client.head() }
      client.closeOutput()
      go.fire()
      let text = try await blocking { String(decoding: client.rest().bytes, as: UTF8.self) }
      #expect(head.hasPrefix("HTTP/1.1 200 ") && text == "one two")
    }
  }

  @Test func anIdleConnectionThatIsHalfClosedIsClosed() async throws {
    try await EdgeUnderTest.run { edge in
      let end = try await edge.client { client in
        _ = try client.exchange("GET", "/")
        client.closeOutput()
        return client.rest()
      }
      #expect(end.bytes.isEmpty && end.end == .closed)
    }
  }

  @Test func aStreamToAClientThatIsGoneEnds() async throws {
    let ended = Signal()
    try await EdgeUnderTest.run { router in
      router.get("/forever") { _, _ in
        Response(
          status: .ok,
          body: ResponseBody { writer in
            do {
              while true { try await writer.write(ByteBuffer(repeating: 1, count: 65_536)) }
            } catch {
              ended.fire()
              throw error
            }
          })
      }
    } _: { edge in
      let client = try await blocking { try edge.connect() }
      try client.send("GET /forever HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = try await blocking { try client.bytes(1_000_000) }
      client.close()
      #expect(await ended.wait())
    }
  }
}
