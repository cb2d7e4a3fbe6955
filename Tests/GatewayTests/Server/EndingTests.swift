import Hummingbird
import NIOCore
import Testing
import TestSupport

@testable import Gateway

/// How the edge ends, and how many clients it has.
@Suite struct EndingTests {
  @Test func whileDrainingAnIdleConnectionMaySendOneMoreRequest() async throws {
    try await EdgeUnderTest.run { edge in
      let client = try await blocking { try edge.connect() }
      let before = try await blocking { try client.exchange("GET", "/") }
      #expect(before.fields["connection"] == nil)
      edge.connections.startDraining()
      let (during, end) = try await blocking { (try client.exchange("GET", "/"), client.rest()) }
      #expect(during.status == 200 && during.fields["connection"] == "close")
      #expect(end.bytes.isEmpty && end.end == .closed)
    }
  }

  @Test func afterDrainingWhatIsIdleIsClosedAndWhatIsNotIsFinished() async throws {
    let (begun, go) = (Signal(), Signal())
    try await EdgeUnderTest.run { router in
      router.get("/slow") { _, _ in
        begun.fire()
        _ = await go.wait()
        return "slow"
      }
    } _: { edge in
      let (idle, busy) = try await blocking { (try edge.connect(), try edge.connect()) }
      _ = try await blocking { try idle.exchange("GET", "/") }
      try busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await begun.wait())
      edge.connections.startDraining()
      edge.connections.closeIdle()
      let end = try await blocking { idle.rest() }
      #expect(end.bytes.isEmpty && end.end == .closed)
      go.fire()
      let last = try await blocking { try busy.response() }
      #expect(last.text == "slow" && last.fields["connection"] == "close")
      busy.close()
      await edge.connections.waitUntilClosed()
    }
  }

  @Test func whateverHangsEndsAtTheEnd() async throws {
    let (begun, cancelled) = (Signal(), Signal())
    try await EdgeUnderTest.run { router in
      router.get("/hang") { _, _ in
        begun.fire()
        try await hangs(cancelled)
        return "late"
      }
    } _: { edge in
      let clients = try await blocking { try (0..<3).map { _ in try edge.connect() } }
      try clients[0].send("GET /hang HTTP/1.1\r\nHost: a\r\n\r\n")
      try clients[1].send("GET / HT")
      #expect(await begun.wait())
      edge.connections.closeAll()
      await edge.connections.waitUntilClosed()
      #expect(await cancelled.wait())
      #expect(edge.connections.open == 0)
    }
  }

  @Test func aConnectionTooManyIsRefusedButNotAProbe() async throws {
    try await EdgeUnderTest.run(.quick { $0.maxConnections = 10 }) { router in
      router.get("/livez") { _, _ in "alive" }
      router.get("/api") { _, _ in "data" }
    } _: { edge in
      let clients = try await blocking {
        try (0..<10).map { _ in
          let client = try edge.connect()
          _ = try client.exchange("GET", "/api")
          return client
        }
      }
      let (refused, end) = try await edge.client { (try $0.exchange("GET", "/api"), $0.rest()) }
      try expectProblem(refused, 503, instance: "/api")
      #expect(refused.fields["retry-after"] == "1" && end.end == .closed)
      await edge.waitForOpen(10)
      let probe = try await edge.client { try $0.exchange("GET", "/livez") }
      #expect(probe.text == "alive" && probe.fields["connection"] == "close")
      await edge.waitForOpen(10)
      // One more is still welcomed with a word; the next is not.
      let eleventh = try await blocking { try edge.connect() }
      await edge.waitForOpen(11)
      let closed = try await edge.client { $0.rest() }
      #expect(closed.bytes.isEmpty && closed.end == .closed)
      eleventh.close()
      for client in clients { client.close() }
      await edge.connections.waitUntilClosed()
      let again = try await edge.client { try $0.exchange("GET", "/api").text }
      #expect(again == "data")
    }
  }
}

extension EdgeUnderTest {
  /// Until the server has seen as much; a test's time limit is the limit.
  fileprivate func waitForOpen(_ count: Int) async {
    while connections.open != count { await Task.yield() }
  }
}
