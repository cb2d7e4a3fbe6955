import Hummingbird
import NIOCore
import NIOHTTP1
import Resilience
import Synchronization
import TestSupport
import Testing

@testable import Gateway

/// Answers that are given again (docs/decisions/0008), over real sockets: how often the route is asked tells.
struct ReplayTests {
  /// A route whose answer says which time it was asked, and may be given again on these terms.
  private final class Route: Sendable {
    let asked = Atomic(0)
    let purges = Atomic(0)
    private let life: Int64

    /// - Parameter life: milliseconds for which the answer is valid.
    init(life: Int64 = 60_000) { self.life = life }

    func answer(_ request: Request, _ context: GatewayContext) -> Response {
      let number = asked.add(1, ordering: .sequentiallyConsistent).newValue
      let purgeCount = purges.load(ordering: .sequentiallyConsistent)
      let body = ByteBuffer(string: "\(number) for \(request.headers[.authorization] ?? "nobody") at \(request.uri)")
      context.record.terms = ReplayTerms(
        until: Timestamp(milliseconds: Timestamp.now().milliseconds + life),
        holds: { [self] in purges.load(ordering: .sequentiallyConsistent) == purgeCount }, pieces: [body])
      return Response(status: .ok, headers: [.cacheControl: "private, max-age=7"], body: ResponseBody(byteBuffer: body))
    }

    var count: Int { asked.load(ordering: .sequentiallyConsistent) }
  }

  private static func run(
    _ route: Route = Route(), logTo descriptor: Int32? = nil, _ test: @escaping @Sendable (EdgeUnderTest) async throws -> Void
  ) async throws {
    try await EdgeUnderTest.run(
      logTo: descriptor, routes: { $0.get("/document") { request, context in route.answer(request, context) } }, test)
  }

  /// Å in two ways that Swift takes for the same text.
  @Test func aRequestThatOnlyLooksTheSameIsAnother() throws {
    func key(_ tenant: String, _ uri: String = "/document") throws -> ReplayKey {
      try #require(ReplayKey(HTTPRequestHead(version: .http1_1, method: .GET, uri: uri, headers: ["x-tenant": tenant])))
    }
    #expect("\u{C5}" == "\u{212B}")
    #expect(try key("\u{C5}") == key("\u{C5}") && key("\u{C5}") != key("\u{212B}"))
    #expect(try key("a", "/\u{C5}") != key("a", "/\u{212B}"))
  }

  @Test func theSameRequestHasTheSameAnswerWithAnIdAndALineOfItsOwn() async throws {
    let route = Route()
    let log = try TemporaryLog()
    let responses = Mutex<[RawConnection.Response]>([])
    try await Self.run(route, logTo: log.descriptor) { edge in
      try await edge.client { client in
        for _ in 0..<100 {
          let response = try client.exchange("GET", "/document")
          responses.withLock { $0.append(response) }
        }
      }
    }
    let all = responses.withLock { $0 }
    // The second may change, once or twice, while a hundred are asked.
    #expect(route.count < 20)
    #expect(Set(all.compactMap { $0.fields["x-request-id"] }).count == 100)
    #expect(all.allSatisfy { $0.status == 200 && $0.fields["cache-control"] == "private, max-age=7" && $0.fields["date"] != nil })
    #expect(
      all.allSatisfy { Int($0.fields["content-length"] ?? "") == $0.body.count && $0.text.hasSuffix("for nobody at /document") })
    let lines = try log.lines()
    #expect(lines.count == 100)
    for response in all {
      let id = try #require(response.fields["x-request-id"])
      #expect(lines.count { $0.contains(id) && $0.contains("\"status\":200") && $0.contains("\"route\":\"/document\"") } == 1)
    }
  }

  @Test func anIdOfTheClientsOwnIsEchoed() async throws {
    try await Self.run { edge in
      try await edge.client { client in
        for number in 0..<20 {
          let response = try client.exchange("GET", "/document", fields: ["x-request-id": "mine-\(number)"])
          #expect(response.fields["x-request-id"] == "mine-\(number)")
        }
      }
    }
  }

  @Test func whateverIsDifferentInARequestIsAnotherQuestion() async throws {
    try await Self.run { edge in
      try await edge.client { client in
        for round in 0..<200 {
          let name = "user-\(round % 7)"
          let response = try client.exchange("GET", "/document?n=\(round % 3)", fields: ["authorization": name])
          #expect(response.text.hasSuffix("for \(name) at /document?n=\(round % 3)"))
        }
      }
    }
  }

  @Test func aPurgeEndsItAtOnce() async throws {
    let route = Route()
    try await Self.run(route) { edge in
      try await edge.client { client in
        for round in 1...20 {
          let before = try client.exchange("GET", "/document").text
          route.purges.add(1, ordering: .sequentiallyConsistent)
          let after = try client.exchange("GET", "/document").text
          #expect(before != after && route.count >= round + 1)
        }
      }
    }
  }

  @Test func whatIsNotValidAnyMoreIsNotGivenAgain() async throws {
    let route = Route(life: 0)
    try await Self.run(route) { edge in
      try await edge.client { client in
        for _ in 0..<20 { _ = try client.exchange("GET", "/document") }
      }
    }
    #expect(route.count == 20)
  }

  @Test func aPipelineIsAnsweredInOrder() async throws {
    try await Self.run { edge in
      try await edge.client { client in
        var text = ""
        for number in 0..<500 { text += "GET /document HTTP/1.1\r\nhost: test\r\nx-request-id: \(number)\r\n\r\n" }
        try client.send(text)
        for number in 0..<500 {
          let response = try client.response()
          #expect(response.status == 200 && response.fields["x-request-id"] == "\(number)")
        }
      }
    }
  }

  @Test func whoeverWantsToCloseOrOnlyTheHeadGoesTheLongWay() async throws {
    let route = Route()
    try await Self.run(route) { edge in
      for _ in 0..<5 {
        try await edge.client { client in
          let response = try client.exchange("GET", "/document", fields: ["connection": "close"])
          #expect(response.fields["connection"] == "close")
          #expect(client.rest().end == .closed)
        }
      }
    }
    #expect(route.count == 5)
  }
}
