import EventLoops
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import Clients

/// Which connections are used again, and which never.
@Suite(.timeLimit(.minutes(1))) struct ReuseTests {
  @Test func aConnectionIsKept() async throws {
    let steps = [ScriptedServer.Step](repeating: .request, count: 100).flatMap { [$0, .send(ok)] } + [.pause]
    try await withServer(steps) { transport, _ in
      for _ in 0..<100 { #expect(await transport.result().text == "ok") }
      #expect(transport.counts == .init(open: 1, connecting: 0, idle: 1, leased: 0, waiting: 0))
    }
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
    "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
  ])
  func aConnectionThatIsNotKeptAliveIsClosed(text: String) async throws {
    try await withServer([.request, .send(text), .pause]) { transport, server in
      #expect(await transport.result().text == "ok")
      #expect(transport.counts.open == 0)
      await server.event(.closed(0))
    }
  }

  @Test(arguments: [
    ok + ok, ok + "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhe", ok + "HTTP/1.1 2", ok + "junk",
  ])
  func aSecondResponseNobodyAskedForIsGivenToNobody(text: String) async throws {
    let hi = ok.replacing("ok", with: "hi")
    try await withServer({ [.request, .send($0 == 0 ? text : hi), .pause] }) { transport, server in
      #expect(await transport.result().text == "ok")
      #expect(transport.counts.open == 0)
      #expect(await transport.result().text == "hi")
      await server.event(.closed(0))
    }
  }

  @Test func bytesOnAnIdleConnectionCloseIt() async throws {
    try await withServer([.request, .send(ok), .pause, .send(ok), .pause]) { transport, server in
      #expect(await transport.result().text == "ok")
      #expect(transport.counts.idle == 1)
      await server.event(.paused(0))
      server.resume()
      await server.event(.closed(0))
      #expect(transport.counts.open == 0)
    }
  }

  @Test func bytesBeforeAnyRequestCloseTheConnection() async throws {
    try await withServer({ $0 == 0 ? [.send(ok), .pause] : [.request, .send(ok), .pause] }) { transport, server in
      let first = await transport.result()
      // The bytes raced with the request: taken for its answer, as every HTTP client must, or seen first, and then refused.
      #expect(first.text == "ok" || first.error == .reset(responseStarted: false))
    }
  }

  @Test func aConnectionClosedWhileIdleIsReplacedUnnoticed() async throws {
    try await withServer([.request, .send(ok), .close]) { transport, server in
      for index in 0..<5 {
        #expect(await transport.result().text == "ok")
        await server.event(.closed(index))
      }
    }
  }

  /// The close comes only after the second request: the transport could not know.
  @Test(arguments: [ScriptedServer.Step.close, .reset])
  func aRequestOnAConnectionClosedUnderUsIsSentAgainAtOnce(end: ScriptedServer.Step) async throws {
    try await withServer({ [.request, .send(ok)] + ($0 == 0 ? [.request, end] : [.pause]) }) { transport, server in
      #expect(await transport.result().text == "ok")
      let request = HTTPExchangeRequest(method: .POST, target: "/b", body: ByteBuffer(string: "{}"))
      #expect(await transport.result(request).text == "ok")
      await server.event {
        guard case .request(1, let text) = $0 else { return false }
        return text.hasPrefix("POST /b ") && text.hasSuffix("{}")
      }
    }
  }

  @Test func aFreshConnectionThatDiesIsNotTriedAgain() async throws {
    try await withServer([.request, .close]) { transport, _ in
      #expect(await transport.result().error == .reset(responseStarted: false))
    }
  }

  @Test func aReusedConnectionThatDiesAfterAByteIsNotTriedAgain() async throws {
    try await withServer([.request, .send(ok), .request, .send("H"), .close]) { transport, _ in
      #expect(await transport.result().text == "ok")
      #expect(await transport.result().error == .truncated)
    }
  }

  /// Three kept connections all die under the request: it is sent on two of them, then on a fresh one.
  @Test func theLastTryIsOnAFreshConnection() async throws {
    let script: @Sendable (Int) -> [ScriptedServer.Step] = {
      $0 < 3 ? [.request, .pause, .send(ok), .request, .close] : [.request, .send(ok), .pause]
    }
    try await withServer(script) { transport, server in
      await withTaskGroup(of: Void.self) { tasks in
        for _ in 0..<3 { tasks.addTask { #expect(await transport.result().text == "ok") } }
        for _ in 0..<3 { await server.event { if case .paused = $0 { true } else { false } } }
        server.resume()
      }
      #expect(transport.counts.idle == 3)
      #expect(await transport.result().text == "ok")
      #expect(transport.counts.idle == 2)
    }
  }

  @Test func aResponseBeforeItsRequestWasWrittenIsTakenAndTheConnectionNot() async throws {
    let text = "HTTP/1.1 413 X\r\ncontent-length: 2\r\n\r\nno"
    try await withServer([.head, .send(text), .pause]) { transport, _ in
      let body = ByteBuffer(repeating: 120, count: 30_000_000)
      let result = await transport.result(HTTPExchangeRequest(method: .POST, target: "/", body: body))
      #expect(result.status == 413 && result.text == "no")
      #expect(transport.counts.open == 0)
    }
  }

  /// A server that closes each connection after three responses without saying so.
  private static let shortLived: @Sendable (Int) -> [ScriptedServer.Step] = { _ in
    [.request, .send(ok), .request, .send(ok), .request, .send(ok), .close]
  }

  @Test func nobodySeesAServerThatClosesItsConnectionsOneByOne() async throws {
    try await withServer(Self.shortLived) { transport, _ in
      for _ in 0..<2000 {
        let result = await transport.result()
        #expect(result.text == "ok", "\(String(describing: result.error))")
      }
    }
  }

  @Test func nobodySeesAServerThatClosesItsConnectionsAllAtOnce() async throws {
    try await withServer(Self.shortLived) { transport, _ in
      await withTaskGroup(of: Void.self) { tasks in
        for _ in 0..<32 {
          tasks.addTask {
            for _ in 0..<63 {
              let result = await transport.result()
              #expect(result.text == "ok", "\(String(describing: result.error))")
            }
          }
        }
      }
    }
  }

  @Test func connectionsAreBoundedAndRequestsWait() async throws {
    var limits = TransportLimits.patient
    limits.maxConnections = 2
    let more = [ScriptedServer.Step](repeating: .request, count: 5).flatMap { [$0, .send(ok)] }
    try await withServer([.request, .pause, .send(ok)] + more, limits: limits) { transport, server in
      await withTaskGroup(of: Void.self) { tasks in
        for _ in 0..<6 { tasks.addTask { #expect(await transport.result().text == "ok") } }
        for _ in 0..<2 { await server.event { if case .paused = $0 { true } else { false } } }
        #expect(transport.counts == .init(open: 2, connecting: 0, idle: 0, leased: 2, waiting: 4))
        server.resume()
      }
      #expect(transport.counts == .init(open: 2, connecting: 0, idle: 2, leased: 0, waiting: 0))
    }
  }

  @Test func idleConnectionsAreClosedInTime() async throws {
    var limits = TransportLimits.patient
    limits.idleTimeout = .milliseconds(50)
    try await withServer([.request, .send(ok), .pause], limits: limits) { transport, server in
      #expect(await transport.result().text == "ok")
      await server.event(.closed(0))
      #expect(transport.counts.open == 0)
    }
  }
}
