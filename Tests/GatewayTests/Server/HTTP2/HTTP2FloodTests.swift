import Hummingbird
import NIOCore
import Testing
import TestSupport

@testable import Gateway

/// Frames that cost their sender nothing: after so many of them the connection is over.
@Suite struct HTTP2FloodTests {
  enum Flood: CaseIterable {
    case rapidReset, settings, ping, priority, continuation, emptyData, malformed

    func frames(_ client: FrameClient) throws -> [FrameClient.Frame] {
      switch self {
      case .rapidReset:
        try (0..<1000).flatMap { _ in
          let head = try client.head("GET", "/hang")
          return [head, FrameClient.Frame(kind: .reset, stream: head.stream, payload: FrameClient.bytes(8))]
        }
      case .settings: (0..<1000).map { _ in FrameClient.Frame(kind: .settings) }
      case .ping: (0..<1000).map { _ in FrameClient.Frame(kind: .ping, payload: [UInt8](repeating: 1, count: 8)) }
      case .priority: (0..<1000).map { _ in FrameClient.Frame(kind: .priority, stream: 1, payload: [0, 0, 0, 0, 16]) }
      case .continuation: try Self.continuations(client)
      case .emptyData:
        try [client.head("POST", "/echo", ends: false)] + (0..<1000).map { _ in client.data([], on: 1, ends: false) }
      case .malformed: try (0..<1000).map { _ in try client.head([(":method", "GET")]) }
      }
    }

    /// A list of fields without an end, a byte a frame.
    private static func continuations(_ client: FrameClient) throws -> [FrameClient.Frame] {
      var head = try client.head()
      head.flags = 0
      return [head] + (0..<1000).map { _ in FrameClient.Frame(kind: .continuation, stream: head.stream, payload: [0]) }
    }
  }

  @Test(arguments: Flood.allCases) func aFloodEndsTheConnection(flood: Flood) async throws {
    let begun = Counter()
    try await EdgeUnderTest.run(h2c: true) { router in
      router.get("/hang") { _, _ in
        begun.add()
        try await hangs()
        return "late"
      }
    } _: { edge in
      let code = try await edge.frames { client in
        for frame in try flood.frames(client) {
          // The server may have closed already.
          do { try client.send(frame) } catch is RawConnection.SocketError { break }
        }
        return try client.readToTheEnd()
      }
      // The word may be lost where the connection is closed on what is still being sent.
      #expect(code == nil || code == 11, "ENHANCE_YOUR_CALM")
      #expect(begun.value <= 201)
      let next = try await edge.frames { try $0.exchange() }
      #expect(next.text == "hello")
    }
  }

  /// Requests that the same read takes back are never begun.
  @Test func whatIsTakenBackAtOnceIsNotBegun() async throws {
    let begun = Counter()
    try await EdgeUnderTest.run(h2c: true) { router in
      router.get("/count") { _, _ in
        begun.add()
        return "counted"
      }
    } _: { edge in
      let answer = try await edge.frames { client in
        let frames = try (0..<50).flatMap { _ in
          let head = try client.head("GET", "/count")
          return [head, FrameClient.Frame(kind: .reset, stream: head.stream, payload: FrameClient.bytes(8))]
        }
        try client.send(frames)
        return try client.exchange()
      }
      #expect(answer.text == "hello")
      #expect(begun.value == 0)
    }
  }
}
