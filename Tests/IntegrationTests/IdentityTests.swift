import Testing
import Upstreams

/// Contract §5: whose data is asked for, and who is told.
@Suite struct IdentityTests {
  static let identity = [("authorization", "Bearer admin-token"), ("x-user-id", "1"), ("x-user-role", "ADMIN")]

  @Test func withoutAnyIdentityUsersAndAccountsAreUnauthorizedAfterExactlyOneCall() async throws {
    try await withStack(StackSetup(hasCredentials: false)) { stack in
      let response = try await stack.get(consolidated)
      #expect(response.status == 200)
      #expect(response["cache-control"] == "no-store")
      let metadata = try #require(try response.json["metadata"])
      #expect(
        metadata["services_status"]?.words
          == ["microservice1": "unauthorized", "microservice2": "unauthorized", "microservice3": "ok", "microservice4": "ok"])
      #expect(metadata["complete"]?.boolean == false)
      for key in ["users", "scraped_accounts"] {
        #expect(metadata["sections"]?[key]?["state"]?.text == "missing")
        #expect(metadata["sections"]?[key]?["reason"]?.text == "unauthorized")
        #expect(metadata["sections"]?[key]?["fetched_at"] == .null)
      }
      #expect(stack.fakes.stats(of: .users).total == 1)
      #expect(stack.fakes.stats(of: .users).statuses == [403: 1])
      #expect(stack.fakes.stats(of: .accounts).total == 1)
      #expect(stack.fakes.stats(of: .accounts).statuses == [401: 1])
    }
  }

  @Test func theCallersIdentityIsForwardedToThoseWhoMayHaveIt() async throws {
    try await withStack(StackSetup(hasCredentials: false)) { stack in
      let response = try await stack.get(consolidated, fields: Self.identity)
      #expect(try response.json["metadata"]?["complete"]?.boolean == true)
      #expect(stack.fakes.stats(of: .users).lastRequest.authorizationPresent)
      for name in [ServiceName.accounts, .metrics, .dashboard] {
        #expect(!stack.fakes.stats(of: name).lastRequest.authorizationPresent, "\(name)")
      }
    }
  }

  @Test func nothingOfTheCallerReachesAServiceButTheListedFields() async throws {
    try await ScriptedUpstream.with { _ in
      ScriptedUpstream.Reply(body: Array("[]".utf8))
    } test: { server in
      let urls = Dictionary(uniqueKeysWithValues: (1...4).map { ("MICROSERVICE\($0)_URL", server.url) })
      try await withStack(StackSetup(hasCredentials: false, environment: urls)) { stack in
        let canaries = [("cookie", "canary"), ("x-forwarded-for", "canary"), ("user-agent", "canary"), ("x-evil", "canary")]
        _ = try await stack.get(consolidated, fields: Self.identity + canaries)
        let requests = server.requests.value
        let expected = [
          "/api/v1/auth/users": ["authorization"], "/scrapedAccounts": ["x-user-id", "x-user-role"], "/dbquery/user": [],
          "/getDashboardInfo": [],
        ]
        #expect(Set(requests.map(\.target)) == Set(expected.keys))
        for request in requests {
          let identity = request.fields.map(\.name).filter { ["authorization", "x-user-id", "x-user-role"].contains($0) }
          #expect(identity.sorted() == expected[request.target], "\(request.target)")
          #expect(!request.fields.contains { $0.value.contains("canary") }, "\(request.fields)")
        }
      }
    }
  }

  @Test func aServiceCredentialTakesThePlaceOfTheCallersIdentity() async throws {
    try await ScriptedUpstream.with { _ in
      ScriptedUpstream.Reply(body: Array("[]".utf8))
    } test: { server in
      let urls = ["MICROSERVICE1_URL": server.url, "MICROSERVICE2_URL": server.url]
      try await withStack(StackSetup(environment: urls)) { stack in
        _ = try await stack.get(
          consolidated, fields: [("authorization", "Bearer mine"), ("x-user-id", "99"), ("x-user-role", "USER")])
        for request in server.requests.value {
          if request.target == "/scrapedAccounts" {
            #expect(request.fields.filter { $0.name == "x-user-id" }.map(\.value) == ["1"])
            #expect(request.fields.filter { $0.name == "x-user-role" }.map(\.value) == ["ADMIN"])
          } else {
            #expect(request.fields.filter { $0.name == "authorization" }.map(\.value) == ["Bearer admin-token"])
          }
        }
        #expect(server.requests.value.count == 2)
      }
    }
  }

  @Test func twoCallersSeeWhatTheirOwnIdentityAllows() async throws {
    try await withStack(StackSetup(hasCredentials: false)) { stack in
      let client = try await RawClient.connect(port: stack.gateway.port)
      let admin = try await client.get(consolidated, fields: Self.identity).json
      let nobody = try await client.get(consolidated).json
      let user = try await client.get(consolidated + "?user_id=4", fields: [("authorization", "Bearer user-4-token")]).json
      try await client.close()
      #expect(admin["metadata"]?["total_users"]?.int == 20)
      #expect(nobody["users"] == .list([]))
      #expect(nobody["metadata"]?["total_users"]?.int == 0)
      #expect(user["users"]?[0]?["id"]?.int == 4)
      #expect(user["metadata"]?["services_status"]?["microservice2"]?.text == "unauthorized")
    }
  }
}
