import TestSupport
import Testing

@testable import Gateway

/// The same question, however it is put: one answer, one place in the cache, one door.
@Suite(.timeLimit(.minutes(1))) struct TargetTests {
  private static let path = AuthenticationTests.consolidated

  @Test func whatNobodyAskedForNeitherSplitsTheCacheNorGetsIntoIt() async throws {
    try await SecuredGateway.run(SecuredGateway.Setup(authenticator: nil)) { gateway in
      let first = try await gateway.get(Self.path)
      let count = gateway.asked.count
      for query in ["?x=1", "?x=2&y", "?", "?user=7", "?USER_ID=7", "?_=0.1&utm_source=mail", "?x=%3Cscript%3E"] {
        let response = try await gateway.get(Self.path + query)
        #expect(response.status == 200 && response.body != [] && !response.text.contains("script"), "\(query)")
        #expect(response.fields["etag"] == (try await gateway.get(Self.path)).fields["etag"], "\(query)")
      }
      #expect(first.status == 200 && gateway.asked.count == count)
    }
  }

  @Test func oneUserIsOneHoweverItIsSpelt() async throws {
    try await SecuredGateway.run(SecuredGateway.Setup(authenticator: nil)) { gateway in
      let first = try await gateway.get(Self.path + "?user_id=7")
      let count = gateway.asked.count
      for query in ["?%75ser_id=7", "?user_id=%37", "?x=1&user_id=7", "?user_id=7&user_id=7", "?user_id=007"] {
        let response = try await gateway.get(Self.path + query)
        #expect(response.status == first.status, "\(query)")
      }
      #expect(gateway.asked.count == count)
      #expect(try await gateway.get(Self.path + "?user_id=7&%75ser_id=8").status == 400)
    }
  }

  @Test func noFormOfATargetAndNoMethodIsAWayRound() async throws {
    try await SecuredGateway.run { gateway in
      for line in [
        "GET http://test\(Self.path)", "GET HTTP://test\(Self.path)?user_id=7", "HEAD \(Self.path)", "POST \(Self.path)",
        "TRACE \(Self.path)", "DELETE \(Self.path)", "get \(Self.path)", "PURGE \(Self.path)", "GET \(Self.path)/",
        "GET /\(Self.path)",
        "GET /api/dashboard/consolidate%64", "GET /livez/..\(Self.path)", "GET /livez%2F..\(Self.path)", "GET /LIVEZ",
      ] {
        let head = try await blocking { [port = gateway.port] in
          let client = try RawConnection(port: port)
          try client.send("\(line) HTTP/1.1\r\nhost: test\r\n\r\n")
          return try client.head()
        }
        #expect(head.hasPrefix("HTTP/1.1 401 ") || head.hasPrefix("HTTP/1.1 400 "), "\(line): \(head.prefix(20))")
      }
      #expect(gateway.asked.isEmpty)
    }
  }
}
