import Hummingbird
import NIOCore
import Resilience
import Synchronization
import Testing
import TestSupport

@testable import Gateway

/// Streams of events on real sockets, given by a route of the test's.
@Suite struct EventStreamTests {
  /// What the route's streams are told to send, and what became of them. Streams belong to the one loop of the edge.
  private final class Source: Sendable {
    let opened = Signal()
    let closed = Signal()
    private let streams = Mutex<[NIOLoopBound<EventStream>]>([])

    func opened(_ stream: EventStream, on loop: any EventLoop) {
      streams.withLock { $0.append(NIOLoopBound(stream, eventLoop: loop)) }
      stream.whenClosed { [closed] in closed.fire() }
      opened.fire()
    }

    func send(_ text: String, isOwed: Bool = false) async throws {
      for stream in streams.withLock({ $0 }) {
        let event = EventBytes(ServerSentEvent(data: [ByteBuffer(string: text)]))
        try await stream.eventLoop.submit { stream.value.send(event, isOwed: isOwed) }.get()
      }
    }
  }

  private static func routes(
    _ source: Source, _ rules: EventStreamRules = EventStreamRules()
  ) -> (Router<GatewayContext>) -> Void {
    { router in
      for method in [HTTPRequest.Method.get, .head] {
        router.on("/events", method: method) { _, context in
          Response.events(EventStreamPlan(rules) { source.opened($0, on: context.eventLoop) }, for: context)
        }
      }
    }
  }

  private static func rules(_ change: (inout EventStreamRules) -> Void) -> EventStreamRules {
    var rules = EventStreamRules()
    change(&rules)
    return rules
  }

  @Test func whatIsSentArrivesAtOnceAndInOrder() async throws {
    let source = Source()
    try await EdgeUnderTest.run(routes: Self.routes(source)) { edge in
      let reader = try await blocking { try EventReader(port: edge.port, "/events") }
      #expect(await source.opened.wait())
      for text in ["one", "two\nlines", String(repeating: "x", count: 300_000)] {
        try await source.send(text, isOwed: true)
        #expect(try await blocking { try reader.next()?.data } == text)
      }
      #expect(edge.connections.streams.open == 1)
    }
  }

  @Test func itOutlivesAllTimesOfOrdinaryAnswers() async throws {
    let source = Source()
    let limits = EdgeLimits.quick {
      $0.headTimeout = .milliseconds(200)
      $0.writeTimeout = .milliseconds(200)
      $0.idleTimeout = .milliseconds(200)
    }
    let rules = Self.rules { $0.heartbeat = .milliseconds(100) }
    try await EdgeUnderTest.run(limits, routes: Self.routes(source, rules)) { edge in
      let lives = try await blocking { try EventReader(port: edge.port, "/events").awaitComments(8) }
      #expect(lives)
    }
  }

  enum Leaving: CaseIterable { case close, reset }

  @Test(arguments: Leaving.allCases) func aClientThatLeavesIsNoticedWithoutAnythingToTell(leaving: Leaving) async throws {
    let source = Source()
    try await EdgeUnderTest.run(routes: Self.routes(source)) { edge in
      let reader = try await blocking { try EventReader(port: edge.port, "/events") }
      #expect(await source.opened.wait())
      if leaving == .close { reader.connection.close() } else { reader.connection.reset() }
      #expect(await source.closed.wait())
      #expect(edge.connections.streams.open == 0)
    }
  }

  @Test func aClientThatReadsNothingIsCutOffAndCounted() async throws {
    let source = Source()
    let rules = Self.rules { $0.maxBacklog = 256 * 1024 }
    try await EdgeUnderTest.run(routes: Self.routes(source, rules)) { edge in
      let reader = try await blocking { try EventReader(port: edge.port, "/events", receiveBuffer: 4096) }
      #expect(await source.opened.wait())
      let text = String(repeating: "x", count: 100_000)
      // The kernel takes some megabytes before anything waits here.
      for _ in 0..<400 where edge.connections.streams.dropped == 0 { try await source.send(text) }
      #expect(await source.closed.wait())
      #expect(edge.connections.streams.dropped == 1)
      #expect(edge.connections.streams.open == 0)
      #expect(try await blocking { reader.connection.rest().end } == .reset)
    }
  }

  @Test func aClientThatReadsSlowlyIsToldAllThatItIsOwed() async throws {
    let source = Source()
    let rules = Self.rules { $0.maxBacklog = 1024 }
    try await EdgeUnderTest.run(routes: Self.routes(source, rules)) { edge in
      let reader = try await blocking { try EventReader(port: edge.port, "/events", receiveBuffer: 4096) }
      #expect(await source.opened.wait())
      let text = String(repeating: "x", count: 1_000_000)
      for _ in 0..<8 { try await source.send(text, isOwed: true) }
      try await source.send("and one more")
      let events = try await blocking { try reader.next(9) }
      #expect(events.map(\.data.utf8.count) == Array(repeating: 1_000_000, count: 8) + [12])
    }
  }

  @Test func aClientThatTakesNothingHasAsLongAsForAnyAnswer() async throws {
    let source = Source()
    let limits = EdgeLimits.quick { $0.writeTimeout = .milliseconds(100) }
    try await EdgeUnderTest.run(limits, routes: Self.routes(source)) { edge in
      let reader = try await blocking { try EventReader(port: edge.port, "/events", receiveBuffer: 4096) }
      #expect(await source.opened.wait())
      try await source.send(String(repeating: "x", count: 16_000_000), isOwed: true)
      #expect(await source.closed.wait())
      #expect(edge.connections.streams.dropped == 0)
      reader.connection.close()
    }
  }

  /// `rules` alone, or the drain, ends a stream.
  enum Ending: String, CaseIterable { case draining, expired, reloaded, maxAge = "max_age" }

  @Test(arguments: Ending.allCases) func aStreamThatEndsSaysWhyAndWhenToComeBack(ending: Ending) async throws {
    let source = Source()
    let rules = Self.rules { rules in
      switch ending {
      case .draining: break
      case .expired: rules.proofEnds = Timestamp(milliseconds: 0)
      case .reloaded: rules.isOver = { true }
      case .maxAge: rules.maxAge = .milliseconds(1)
      }
    }
    try await EdgeUnderTest.run(routes: Self.routes(source, rules)) { edge in
      let reader = try await blocking { try EventReader(port: edge.port, "/events") }
      #expect(await source.opened.wait())
      if ending == .draining { edge.connections.startDraining() }
      let (last, next) = try await blocking { (try reader.next(), try reader.next()) }
      #expect(last?.name == "end")
      #expect(last?.data == #"{"reason":"\#(ending.rawValue)"}"#)
      #expect((1000...5000).contains(last?.retry ?? 0))
      #expect(next == nil && reader.hasEnded)
      #expect(await source.closed.wait())
      let rest = try await blocking { () throws -> String in
        // Nothing comes any more where the process ends; otherwise the connection is as good as ever.
        if ending == .draining { return "\(reader.connection.rest().end)" }
        return try reader.connection.exchange("GET", "/").text
      }
      #expect(rest == (ending == .draining ? "closed" : "hello"))
    }
  }

  @Test func headIsAnsweredWithoutAStream() async throws {
    let source = Source()
    try await EdgeUnderTest.run(routes: Self.routes(source)) { edge in
      let head = try await edge.client { try $0.exchange("HEAD", "/events") }
      #expect(head.status == 200 && head.fields["content-type"] == "text/event-stream")
      #expect(head.fields["x-accel-buffering"] == "no")
      #expect(edge.connections.streams.open == 0)
    }
  }

  @Test func aClientOfHTTP10ReadsToTheEndOfTheConnection() async throws {
    let source = Source()
    let rules = Self.rules { $0.maxAge = .milliseconds(1) }
    try await EdgeUnderTest.run(routes: Self.routes(source, rules)) { edge in
      let text = try await edge.client { client in
        try client.send("GET /events HTTP/1.0\r\nHost: a\r\n\r\n")
        return String(decoding: client.rest().bytes, as: UTF8.self)
      }
      #expect(text.contains("\r\n\r\nretry: ") && text.hasSuffix("event: end\ndata: {\"reason\":\"max_age\"}\n\n"))
      #expect(!text.lowercased().contains("transfer-encoding"))
    }
  }

  @Test func anEndOfTheServerCutsStreamsToo() async throws {
    let source = Source()
    try await EdgeUnderTest.run(routes: Self.routes(source)) { edge in
      _ = try await blocking { try EventReader(port: edge.port, "/events") }
      edge.connections.closeAll()
      #expect(await source.closed.wait())
    }
  }

  // MARK: HTTP/2

  @Test func aStreamOfHTTP2IsDataFramesBesideOtherAnswers() async throws {
    let source = Source()
    try await EdgeUnderTest.run(h2c: true, routes: Self.routes(source)) { edge in
      let (begun, told) = (Signal(), Signal())
      async let seen: String = edge.frames { client in
        let head = try client.head("GET", "/events")
        try client.send(head)
        begun.fire()
        let text = try client.text(on: head.stream, through: "two\n\n")
        let other = try client.exchange("GET", "/")
        try client.send(FrameClient.Frame(kind: .reset, stream: head.stream, payload: FrameClient.bytes(8)))
        told.fire()
        return "\(text)|\(other.text)"
      }
      #expect(await begun.wait())
      #expect(await source.opened.wait())
      try await source.send("one")
      try await source.send("two")
      let found = try await seen
      #expect(found == "data: one\n\ndata: two\n\n|hello")
      #expect(await told.wait())
      #expect(await source.closed.wait())
    }
  }

  @Test func aStreamOfHTTP2WhoseWindowIsFullIsCutOffAlone() async throws {
    let source = Source()
    try await EdgeUnderTest.run(h2c: true, routes: Self.routes(source)) { edge in
      async let answer: FrameClient.Answer = edge.frames(window: 1000) { client in
        let head = try client.head("GET", "/events")
        try client.send(head)
        let cut = try client.answer(on: head.stream)
        #expect(try client.exchange("GET", "/").text == "hello")
        return cut
      }
      #expect(await source.opened.wait())
      for _ in 0..<6 { try await source.send(String(repeating: "x", count: 100_000)) }
      let cut = try await answer
      #expect(cut.reset != nil && cut.body.count == 1000)
      #expect(edge.connections.streams.dropped == 1)
    }
  }

  @Test func aDrainEndsTheStreamsOfHTTP2() async throws {
    let source = Source()
    try await EdgeUnderTest.run(h2c: true, routes: Self.routes(source)) { edge in
      async let text: String = edge.frames { client in
        let head = try client.head("GET", "/events")
        try client.send(head)
        return try client.answer(on: head.stream).text
      }
      #expect(await source.opened.wait())
      edge.connections.startDraining()
      let told = try await text
      #expect(told.hasSuffix("event: end\ndata: {\"reason\":\"draining\"}\n\n"))
    }
  }
}
