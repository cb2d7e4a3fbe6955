import Clients
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Resilience
import Synchronization
import TestSupport
import Testing

@testable import Gateway

/// The trace that a request is in, as upstreams and the access line are told.
@Suite(.timeLimit(.minutes(1))) struct TraceLineTests {
  private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"

  private struct Line: Decodable {
    let requestID: String
    let traceID: String
    let refused: String?

    enum CodingKeys: String, CodingKey {
      case requestID = "request.id"
      case traceID = "trace.id"
      case refused
    }
  }

  private static func lines(_ log: TemporaryLog) throws -> [Line] {
    try log.lines().filter { $0.contains("\"request.id\"") }.map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
  }

  private static func traceparents(_ gateway: SecuredGateway) -> [TraceContext?] {
    gateway.asked.map { TraceContext(traceparent: $0.fields["traceparent"] ?? "", tracestate: $0.fields["tracestate"]) }
  }

  @Test func withoutATracerATraceIsPassedOn() async throws {
    let log = try TemporaryLog()
    var setup = SecuredGateway.Setup()
    setup.logTo = log.descriptor
    try await SecuredGateway.run(setup) { gateway in
      _ = try await gateway.get(
        AuthenticationTests.consolidated, as: "admin",
        fields: ["traceparent": "00-\(Self.trace)-00f067aa0ba902b7-01", "tracestate": "a=b"])
      let told = Self.traceparents(gateway)
      #expect(told.count == 4)
      for context in told {
        #expect(context?.traceID.description == Self.trace && context?.isSampled == true && context?.state == "a=b")
        #expect(context?.spanID != 0x00f0_67aa_0ba9_02b7)
      }
      #expect(Set(told.map { $0?.spanID }).count == 1)
    }
    #expect(try Self.lines(log).map(\.traceID) == [Self.trace])
  }

  @Test(arguments: ["", "nonsense", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"])
  func withoutAGoodOneATraceBegins(traceparent: String) async throws {
    let log = try TemporaryLog()
    var setup = SecuredGateway.Setup()
    setup.logTo = log.descriptor
    try await SecuredGateway.run(setup) { gateway in
      let fields = traceparent.isEmpty ? [:] : ["traceparent": traceparent, "tracestate": "a=b"]
      let response = try await gateway.get(AuthenticationTests.consolidated, as: "admin", fields: fields)
      let told = Self.traceparents(gateway)
      #expect(told.count == 4)
      // The id that we have given the request is that of its trace.
      #expect(told.allSatisfy { $0?.traceID.description == response.fields["x-request-id"] && $0?.isSampled == false })
      #expect(told.allSatisfy { $0?.state == nil })
    }
    let line = try #require(try Self.lines(log).first)
    #expect(line.traceID == line.requestID)
  }

  /// An id of a client's own may come many times; a trace is begun for each.
  @Test func anIdOfTheClientsOwnIsNoTrace() async throws {
    let log = try TemporaryLog()
    var setup = SecuredGateway.Setup()
    setup.logTo = log.descriptor
    try await SecuredGateway.run(setup) { gateway in
      for _ in 0..<3 {
        _ = try await gateway.get(AuthenticationTests.consolidated, as: "admin", fields: ["x-request-id": Self.trace])
      }
    }
    let lines = try Self.lines(log)
    #expect(lines.count == 3 && lines.allSatisfy { $0.requestID == Self.trace && $0.traceID != Self.trace })
    #expect(Set(lines.map(\.traceID)).count == 3)
  }

  /// Every proxy that traces sends another `traceparent` each time: the answer is given again all the same, and the line tells its trace.
  @Test func anAnswerIsGivenAgainWhateverTheTrace() async throws {
    let log = try TemporaryLog()
    let asked = Atomic(0)
    try await EdgeUnderTest.run(
      logTo: log.descriptor,
      routes: {
        $0.get("/document") { _, context in
          asked.add(1, ordering: .relaxed)
          context.record.terms = ReplayTerms(
            until: Timestamp(milliseconds: Timestamp.now().milliseconds + 60_000), holds: { true },
            pieces: [ByteBuffer(string: "x")])
          return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: "x")))
        }
      }
    ) { edge in
      try await edge.client { client in
        for number in 100..<200 {
          _ = try client.exchange(
            "GET", "/document",
            fields: ["traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4\(number)-00f067aa0ba902b7-01", "tracestate": "n=\(number)"])
        }
      }
    }
    // The second may change, once or twice, while a hundred are asked.
    #expect(asked.load(ordering: .relaxed) < 20)
    #expect(try Self.lines(log).map(\.traceID) == (100..<200).map { "4bf92f3577b34da6a3ce929d0e0e4\($0)" })
  }

  @Test func whoseUserCannotBeLookedUpIsToldApart() async throws {
    let log = try TemporaryLog()
    var setup = SecuredGateway.Setup()
    setup.security.authorization.userLookup = .section
    setup.usersCredential = [HeaderField(name: "authorization", value: "Bearer service")]
    setup.usersAreAway = true
    setup.logTo = log.descriptor
    try await SecuredGateway.run(setup) { gateway in
      let response = try await gateway.get(AuthenticationTests.consolidated + "?user_id=7", as: "user")
      #expect(response.status == 503)
    }
    #expect(try Self.lines(log).map(\.refused) == ["user_lookup_unavailable"])
  }
}
