import Hummingbird
import NIOCore
import Testing
import TestSupport

@testable import Gateway

/// How streams and connections of HTTP/2 end, and what becomes of the requests.
@Suite struct HTTP2EndingTests {
  private static func hanging(_ begun: Signal, _ cancelled: Signal) -> (Router<GatewayContext>) -> Void {
    { router in
      router.get("/hang") { _, _ in
        begun.fire()
        try await hangs(cancelled)
        return "late"
      }
    }
  }

  enum Leaving: CaseIterable { case stream, close, reset }

  @Test(arguments: Leaving.allCases) func whoLeavesHasTheRequestCancelled(leaving: Leaving) async throws {
    let (begun, cancelled) = (Signal(), Signal())
    try await EdgeUnderTest.run(h2c: true, routes: Self.hanging(begun, cancelled)) { edge in
      let connection = try await blocking { try edge.connect() }
      let client = try FrameClient(connection)
      let head = try client.head("GET", "/hang")
      try client.send(head)
      #expect(await begun.wait())
      switch leaving {
      case .stream: try client.send(.init(kind: .reset, stream: head.stream, payload: FrameClient.bytes(8)))
      case .close: connection.close()
      case .reset: connection.reset()
      }
      #expect(await cancelled.wait())
    }
  }

  @Test func aDrainedConnectionAnswersAndGoes() async throws {
    let (begun, release) = (Signal(), Signal())
    try await EdgeUnderTest.run(h2c: true) { router in
      router.get("/wait") { _, _ in
        begun.fire()
        _ = await release.wait()
        return "late"
      }
    } _: { edge in
      let connection = try await blocking { try edge.connect() }
      let client = try FrameClient(connection)
      let head = try client.head("GET", "/wait")
      try client.send(head)
      #expect(await begun.wait())
      edge.connections.startDraining()
      var frame = try client.frame()
      while let other = frame, other.kind != .goAway { frame = try client.frame() }
      #expect(frame?.payload == [0, 0, 0, 1] + [0, 0, 0, 0], "the first request was taken; NO_ERROR")
      // Too late, and the client knows that it may ask elsewhere.
      try client.send(try client.head())
      release.fire()
      #expect(try client.answer(on: head.stream).text == "late")
      #expect(try client.readToTheEnd() == nil, "closed behind the last answer")
    }
  }

  @Test func anIdleConnectionIsClosedWhenNobodyIsLetInAnyMore() async throws {
    try await EdgeUnderTest.run(h2c: true) { edge in
      let connection = try await blocking { try edge.connect() }
      let client = try FrameClient(connection)
      #expect(try client.exchange().text == "hello")
      edge.connections.closeIdle()
      #expect(try client.readToTheEnd() == 0)
    }
  }

  @Test func aConnectionOnWhichNothingIsAskedIsClosed() async throws {
    try await EdgeUnderTest.run(.quick { $0.idleTimeout = .milliseconds(200) }, h2c: true) { edge in
      let code = try await edge.frames { client in
        _ = try client.exchange()
        return try client.readToTheEnd()
      }
      #expect(code == 0)
    }
    try await EdgeUnderTest.run(.quick { $0.headTimeout = .milliseconds(200) }, h2c: true) { edge in
      let code = try await edge.frames { try $0.readToTheEnd() }
      #expect(code == 0)
    }
  }

  @Test func aPrefaceWithoutEndIsClosed() async throws {
    try await EdgeUnderTest.run(.quick { $0.headTimeout = .milliseconds(200) }, h2c: true) { edge in
      let end = try await edge.client { client in
        try client.send("PRI * HTTP/2.0\r\n")
        return client.rest().end
      }
      #expect(end != .timedOut)
    }
  }

  @Test func aBodyThatDoesNotComeIs408() async throws {
    try await EdgeUnderTest.run(.quick { $0.bodyTimeout = .milliseconds(200) }, h2c: true) { edge in
      let (late, next) = try await edge.frames { client in
        let head = try client.head("POST", "/echo", ends: false)
        try client.send(head, client.data([1], on: head.stream, ends: false))
        return (try client.answer(on: head.stream), try client.exchange())
      }
      #expect(late.status == 408 && next.text == "hello")
    }
  }

  /// Its window never opens: nobody waits for it longer than for a client of HTTP/1 that does not read.
  @Test func anAnswerThatIsNotTakenIsReset() async throws {
    try await EdgeUnderTest.run(.quick { $0.writeTimeout = .milliseconds(200) }, h2c: true) { edge in
      let answer = try await edge.frames(window: 0) { try $0.exchange() }
      #expect(answer.status == 200 && answer.body.isEmpty)
      #expect(answer.reset == 8, "CANCEL")
    }
  }

  /// A client that gives each stream a window and does not read what comes.
  @Test(.timeLimit(.minutes(1))) func aConnectionThatTakesNothingIsClosed() async throws {
    try await EdgeUnderTest.run(.quick { $0.writeTimeout = .milliseconds(300) }, h2c: true) { router in
      router.get("/long") { _, _ in
        Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(repeating: 97, count: 32 * 1024 * 1024)))
      }
    } _: { edge in
      let connection = try await blocking { try RawConnection(port: edge.port, receiveBuffer: 4096) }
      let client = try FrameClient(connection, window: 1 << 30)
      try client.send(try client.head("GET", "/long"))
      try await edge.connectionsClose()
      connection.close()
    }
  }

  /// A stream of an answer waits for its client.
  @Test func aLongStreamComesWhole() async throws {
    try await EdgeUnderTest.run(h2c: true) { router in
      router.get("/stream") { _, _ in
        Response(
          status: .ok,
          body: ResponseBody { writer in
            for _ in 0..<200 { try await writer.write(ByteBuffer(repeating: 97, count: 10_000)) }
            try await writer.finish(nil)
          })
      }
    } _: { edge in
      let answer = try await edge.frames(window: 1 << 30) { client in
        return try client.exchange("GET", "/stream")
      }
      #expect(answer.body.count == 2_000_000 && answer.reset == nil)
      #expect(answer.fields["content-length"] == nil && answer.fields["transfer-encoding"] == nil)
    }
  }

  @Test func beyondTheLimitOfConnectionsProbesAreAnsweredAndNothingElse() async throws {
    try await EdgeUnderTest.run(.quick { $0.maxConnections = 20 }, h2c: true) { edge in
      let others = try await blocking { try (0..<20).map { _ in try edge.connect() } }
      let probe = try await edge.frames { try $0.exchange("GET", "/") }
      #expect(probe.status == 200)
      let (other, code) = try await edge.frames { (try $0.exchange("GET", "/echo"), try $0.readToTheEnd()) }
      #expect(other.status == 503 && code == 0, "told, and asked to go")
      for other in others { other.close() }
    }
  }
}

extension EdgeUnderTest {
  /// Waits, for so long as a test may, until there is no connection.
  func connectionsClose() async throws { await connections.waitUntilClosed() }
}
