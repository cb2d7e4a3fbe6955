import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import RateLimiting
import Resilience
import Synchronization
import TestSupport
import Testing

@testable import Gateway

/// Limits as a client sees them, over real sockets.
@Suite struct RateLimitMiddlewareTests {
  private static func policy(
    _ name: String, _ count: Int, by subject: RateLimitPolicy.Subject = .address, on routes: Set<String>? = nil
  ) -> RateLimitPolicy {
    // So slow that nothing comes back while a test runs.
    let rule = GCRA(limit: count, per: .seconds(24 * 3600))
    return RateLimitPolicy(name: name, subject: subject, routes: routes, rule: rule)
  }

  /// Counts how often it is asked, and lets its answer be given again.
  private final class Route: Sendable {
    private let asked = Atomic(0)
    var count: Int { asked.load(ordering: .sequentiallyConsistent) }

    func answer(_ context: GatewayContext) -> Response {
      asked.add(1, ordering: .sequentiallyConsistent)
      let body = ByteBuffer(string: "here")
      context.record.terms = ReplayTerms(
        until: Timestamp(milliseconds: Timestamp.now().milliseconds + 60_000), holds: { true }, pieces: [body])
      return Response(status: .ok, body: ResponseBody(byteBuffer: body))
    }
  }

  private static func run(
    _ policies: RateLimitPolicy..., addresses: ClientAddress = ClientAddress(), route: Route = Route(),
    _ test: @escaping @Sendable (RawConnection) throws -> Void
  ) async throws {
    let limiting = Limiting(limiter: LocalLimiter(keys: 1000), keys: RateLimitKeyMaker())
    try await EdgeUnderTest.run(
      rates: RequestLimits(policies, by: limiting, addresses: addresses),
      routes: {
        $0.get("/a") { _, context in route.answer(context) }
        $0.get("/b") { _, context in route.answer(context) }
        $0.get("/bad") { _, _ -> Response in throw Problem.badRequest("no") }
      }
    ) { edge in try await edge.client(test) }
  }

  @Test func everyAnswerSaysHowItStands() async throws {
    try await Self.run(Self.policy("all", 5)) { client in
      for (left, path) in zip([4, 3, 2], ["/a", "/bad", "/nowhere"]) {
        let fields = try client.exchange("GET", path).fields
        #expect(fields["ratelimit"] == "\"all\";r=\(left);t=\((5 - left) * 17_280)")
        #expect(fields["ratelimit-policy"] == #""all";q=5;w=86400"#)
      }
    }
  }

  @Test func whatIsTooMuchIsAProblemWithATimeToComeBack() async throws {
    let route = Route()
    try await Self.run(Self.policy("all", 3), route: route) { client in
      for _ in 0..<3 { #expect(try client.exchange("GET", "/a").status == 200) }
      for _ in 0..<3 {
        let response = try client.exchange("GET", "/a")
        #expect(response.status == 429 && response.fields["content-type"] == "application/problem+json")
        #expect(response.fields["cache-control"] == "no-store" && response.fields["connection"] == nil)
        let seconds = try #require(response.fields["retry-after"].flatMap { Int($0) })
        // A test takes less than a minute.
        #expect((28_740...28_800).contains(seconds))
        #expect(response.fields["ratelimit"]?.hasPrefix("\"all\";r=0;t=") == true)
        let members = try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any]
        #expect(members?["status"] as? Int == 429 && members?["instance"] as? String == "/a")
        #expect(members?["request_id"] as? String == response.fields["x-request-id"])
      }
    }
    #expect((1...3).contains(route.count))
  }

  @Test func anAnswerThatMayBeGivenAgainIsCountedEachTime() async throws {
    let route = Route()
    try await Self.run(Self.policy("all", 50), route: route) { client in
      for left in (0..<50).reversed() {
        let response = try client.exchange("GET", "/a")
        #expect(response.status == 200 && response.fields["ratelimit"]?.hasPrefix("\"all\";r=\(left);t=") == true)
        #expect(response.fields["ratelimit-policy"] == #""all";q=50;w=86400"#)
      }
      for _ in 0..<50 { #expect(try client.exchange("GET", "/a").status == 429) }
    }
    // Most of them without asking it: the second changes once or twice meanwhile.
    #expect(route.count < 20)
  }

  @Test func whereNothingIsLimitedAnswersAreGivenAgainAsBefore() async throws {
    let route = Route()
    try await Self.run(Self.policy("key", 5, by: .apiKey), Self.policy("b", 5, on: ["/b"]), route: route) { client in
      for _ in 0..<100 {
        let response = try client.exchange("GET", "/a")
        #expect(response.status == 200 && response.fields["ratelimit"] == nil && response.fields["ratelimit-policy"] == nil)
      }
    }
    #expect(route.count < 20)
  }

  @Test func probesAreNeverLimited() async throws {
    try await Self.run(Self.policy("all", 1)) { client in
      _ = try client.exchange("GET", "/a")
      #expect(try client.exchange("GET", "/a").status == 429)
      for _ in 0..<20 {
        let response = try client.exchange("GET", "/")
        #expect(response.status == 200 && response.fields["ratelimit"] == nil)
      }
    }
  }

  @Test func aRouteHasALimitOfItsOwn() async throws {
    try await Self.run(Self.policy("a", 2, on: ["/a"]), Self.policy("all", 5)) { client in
      let statuses = try ["/a", "/a", "/a", "/b", "/b", "/b", "/b", "/a"].map { try client.exchange("GET", $0).status }
      #expect(statuses == [200, 200, 429, 200, 200, 200, 429, 429])
      let fields = try client.exchange("GET", "/b").fields
      #expect(fields["ratelimit"]?.hasPrefix("\"all\";r=0") == true && fields["ratelimit-policy"] == #""all";q=5;w=86400"#)
      #expect(try client.exchange("GET", "/a").fields["ratelimit-policy"] == #""a";q=2;w=86400, "all";q=5;w=86400"#)
    }
  }

  @Test func principalsAndKeysCountEachForThemselves() async throws {
    try await Self.run(Self.policy("who", 3, by: .principal), Self.policy("key", 2, by: .apiKey)) { client in
      func passing(_ principal: String?) throws -> Int {
        let fields = principal.map { ["x-test-principal": $0] } ?? [:]
        return try (0..<6).count { _ in try client.exchange("GET", "/a", fields: fields).status == 200 }
      }
      let passed = [try passing("token:ann"), try passing("token:bob"), try passing("key:ann"), try passing(nil)]
      #expect(passed == [3, 3, 2, 6])
    }
  }

  @Test func whoeverIsRefusedByAuthenticationIsCountedByAddress() async throws {
    try await Self.run(Self.policy("all", 4), Self.policy("who", 100, by: .principal)) { client in
      let forged = { try client.exchange("GET", "/a", fields: ["x-test-principal": "forged"]) }
      for left in (1...3).reversed() {
        let response = try forged()
        #expect(response.status == 401 && response.fields["ratelimit"]?.hasPrefix("\"all\";r=\(left)") == true)
      }
      #expect(try client.exchange("GET", "/a", fields: ["x-test-principal": "token:ann"]).status == 200)
      // From here on it is not even looked at.
      for _ in 0..<3 { #expect(try forged().status == 429) }
      #expect(try client.exchange("GET", "/a", fields: ["x-test-principal": "token:ann"]).status == 429)
    }
  }

  @Test func theClientBehindATrustedProxyIsCounted() async throws {
    var addresses = ClientAddress()
    addresses.trusted = try #require(TrustedProxies(["127.0.0.1"]))
    try await Self.run(Self.policy("all", 2), addresses: addresses) { client in
      func passing(_ forwarded: String...) throws -> Int {
        try (0..<4).count {
          try client.exchange("GET", "/a", fields: ["x-forwarded-for": forwarded[$0 % forwarded.count]]).status == 200
        }
      }
      let passed = [
        try passing("192.0.2.1", "::ffff:192.0.2.1", "198.51.100.1, 192.0.2.1"), try passing("192.0.2.2"),
        try passing("2001:db8::1", "2001:db8::2", "2001:db8::ffff:0:0:3"), try passing("2001:db8:0:1::1"),
      ]
      #expect(passed == [2, 2, 2, 2])
    }
  }

  @Test func whatAClientSaysOfItselfChangesNothing() async throws {
    try await Self.run(Self.policy("all", 2)) { client in
      let statuses = try (0..<4).map { try client.exchange("GET", "/a", fields: ["x-forwarded-for": "192.0.2.\($0)"]).status }
      #expect(statuses == [200, 200, 429, 429])
    }
  }

  @Test func aPageMayReadTheFields() {
    let exposed = CORSPolicy(allowedOrigins: ["*"]).fields(for: "https://a.example")[.accessControlExposeHeaders] ?? ""
    for name in ["RateLimit", "RateLimit-Policy", "Retry-After"] { #expect(exposed.contains(name)) }
  }
}
