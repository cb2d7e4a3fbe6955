import Testing
import Upstreams

/// Contract §1: a request's id is the client's own if it is fit for a log line, and it reaches the services.
@Suite struct RequestIDTests {
  @Test(arguments: ["a", "trace-0123456789abcdef", String(repeating: "x", count: 128), "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"])
  func upTo128VisibleCharactersAreKept(id: String) async throws {
    try await withStack { stack in
      for path in ["/", consolidated, "/nothing"] {
        let response = try await stack.get(path, fields: [("x-request-id", id)])
        #expect(response.all("x-request-id") == [id], "\(path)")
      }
    }
  }

  @Test(arguments: [String(repeating: "x", count: 129), "two words", "", "tab\there", "ñandú", "日本", "caf\u{e9}"])
  func anythingElseIsReplaced(id: String) async throws {
    try await withStack { stack in
      let response = try await stack.get(consolidated, fields: [("x-request-id", id)])
      let given = try #require(response["x-request-id"])
      #expect(given != id)
      #expect((1...128).contains(given.utf8.count))
      #expect(given.utf8.allSatisfy { (0x21...0x7E).contains($0) })
      #expect(stack.fakes.stats(of: .metrics).lastRequest.requestID == given)
    }
  }

  @Test func theIdReachesEveryService() async throws {
    try await withStack { stack in
      _ = try await stack.get(consolidated, fields: [("x-request-id", "id-of-this-request")])
      for name in ServiceName.allCases {
        #expect(stack.fakes.stats(of: name).lastRequest.requestID == "id-of-this-request", "\(name)")
      }
    }
  }

  @Test func twoRequestsWithoutAnIdGetTwo() async throws {
    try await withStack { stack in
      let client = try await RawClient.connect(port: stack.gateway.port)
      let first = try await client.get("/")["x-request-id"]
      let second = try await client.get("/")["x-request-id"]
      try await client.close()
      #expect(first != nil && first != second)
    }
  }
}
