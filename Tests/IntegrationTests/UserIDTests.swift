import Testing
import Upstreams

/// Contract §1: `user_id` is a positive 64-bit integer in plain decimal digits; anything else is 400, never "everybody".
@Suite struct UserIDTests {
  static let bad = [
    "user_id=0", "user_id=-1", "user_id=1.0", "user_id=abc", "user_id=", "user_id", "user_id=12345678901234567890",
    "user_id=9223372036854775808", "user_id=00", "user_id=0000000000000000000", "user_id=1&user_id=2", "user_id=1&user_id=",
    "%75ser_id=0", "user%5Fid=0", "user_id=%30", "user_id=+1", "user_id=%2B1", "user_id=1%20", "user_id=%201", "user_id=1,2",
    "user_id=0x1", "user_id=1e3", "user_id=%D9%A1", "user_id=null", "x=1&user_id=0", "user_id=1%00", "user_id=1%2F..%2F2",
    "user_id=%", "user_id=%3", "user_id=1;user_id=2",
  ]

  static let good = [
    ("user_id=7", 7), ("user_id=7&user_id=7", 7), ("%75ser_id=7", 7), ("user_id=%37", 7), ("x=1&user_id=7&y=", 7),
    ("user_id=9223372036854775807", 9_223_372_036_854_775_807),
  ]

  @Test func anythingElseThanAPositiveIntegerIsABadRequestAndAsksNobody() async throws {
    try await withStack { stack in
      let client = try await RawClient.connect(port: stack.gateway.port)
      for query in Self.bad {
        for path in [consolidated, summary] {
          let response = try await client.get("\(path)?\(query)")
          #expect(response.status == 400, "\(path)?\(query)")
          if response.status == 400 { try expectProblem(response, status: 400, instance: path) }
        }
      }
      try await client.close()
      for (_, service, _) in sections { #expect(stack.fakes.stats(of: service).total == 0, "\(service)") }
    }
  }

  @Test(arguments: good)
  func aPositiveIntegerAsksForThatUser(query: String, id: Int) async throws {
    try await withStack { stack in
      let document = try await stack.get("\(consolidated)?\(query)").json
      let users = stack.fakes.stats(of: .users).routes
      #expect(users["GET /api/v1/auth/profile/{id}"] == 1)
      #expect(users["GET /api/v1/auth/users"] == 0)
      #expect(stack.fakes.stats(of: .accounts).routes["GET /scrapedAccounts/user/{id}"] == 1)
      if id == 7 {
        #expect(document["users"]?[0]?["id"]?.int == 7)
      } else {
        // There is no such user: an empty list, and nobody else's data.
        #expect(document["users"] == .list([]))
        #expect(document["scraped_accounts"] == .list([]))
        #expect(document["metrics"]?["count"]?.int == 0)
        #expect(document["metadata"]?["services_status"]?["microservice1"]?.text == "no_data")
      }
    }
  }

  @Test func anotherParameterIsNoUserID() async throws {
    try await withStack { stack in
      for query in ["userid=0", "USER_ID=0", "user_id_=0", "x=user_id=0", "", "&", "a&b"] {
        let response = try await stack.get("\(consolidated)?\(query)")
        #expect(response.status == 200, "\(query)")
      }
      #expect(stack.fakes.stats(of: .users).routes["GET /api/v1/auth/users"] == 7)
    }
  }
}
