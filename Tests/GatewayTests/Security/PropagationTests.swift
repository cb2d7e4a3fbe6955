import Identity
import TestSupport
import Testing

@testable import Gateway

/// What services are told of who asks, over real sockets.
@Suite(.timeLimit(.minutes(1))) struct PropagationTests {
  private static let path = AuthenticationTests.consolidated
  private static let identity: Set<String> = [
    "authorization", "x-user-id", "x-user-role", "x-user-email", "x-api-key", "x-tenant",
  ]
  private static let forged = ["x-user-id": "99", "x-user-role": "ADMIN", "x-user-email": "forged", "x-tenant": "t"]

  /// The identity fields that the services were given, by path.
  private static func given(_ gateway: SecuredGateway) -> [String: [String: String]] {
    Dictionary(gateway.asked.map { ($0.path, $0.fields.filter { identity.contains($0.key) }) }) { $1 }
  }

  private static let toUsers = ["authorization", "x-user-id", "x-user-email", "x-api-key", "x-tenant"]

  @Test func aVerifiedTokenGoesOnAndWhoItIsIsSaidByUs() async throws {
    try await SecuredGateway.run(SecuredGateway.Setup(toUsers: Self.toUsers)) { gateway async throws in
      #expect(try await gateway.get(Self.path + "?user_id=7", as: "user-7", fields: Self.forged).status == 200)
      let given = Self.given(gateway)
      #expect(given["/api/v1/auth/profile/7"] == ["authorization": "Bearer user-7", "x-user-id": "7", "x-tenant": "t"])
      #expect(given["/scrapedAccounts/user/7"] == ["x-user-id": "7", "x-user-role": "USER"])
      #expect(given["/dbquery/user"]?.isEmpty == true && given["/getDashboardInfo"]?.isEmpty == true)
    }
  }

  @Test func anAPIKeyStaysHereAndATokenThatNobodyVerifiedDoesToo() async throws {
    try await SecuredGateway.run(
      SecuredGateway.Setup(
        authenticator: ScriptedAuthenticator { _ in
          .success(Principal(proof: .apiKey, subject: "job", role: .admin, digest: CredentialDigest(of: [])))
        }, toUsers: Self.toUsers)
    ) { gateway async throws in
      let fields = Self.forged.merging(["x-api-key": "key-admin"]) { $1 }
      #expect(try await gateway.get(Self.path, as: "unverified", fields: fields).status == 200)
      let given = Self.given(gateway)
      #expect(given["/api/v1/auth/users"] == ["x-tenant": "t"])
      #expect(given["/scrapedAccounts"] == ["x-user-role": "ADMIN"])
    }
  }

  @Test func withoutAuthenticationHeadersGoOnAsTheyCame() async throws {
    try await SecuredGateway.run(SecuredGateway.Setup(authenticator: nil, toUsers: Self.toUsers)) { gateway async throws in
      #expect(try await gateway.get(Self.path, as: "whatever", fields: Self.forged).status == 200)
      let given = Self.given(gateway)
      #expect(
        given["/api/v1/auth/users"]
          == ["authorization": "Bearer whatever", "x-user-id": "99", "x-user-email": "forged", "x-tenant": "t"])
      #expect(given["/scrapedAccounts"] == ["x-user-id": "99", "x-user-role": "ADMIN"])
    }
  }

  @Test func theSectionsOfOneAreNotAnothers() async throws {
    try await SecuredGateway.run { gateway in
      for user in [1, 2, 3, 2, 1] {
        let text = try await gateway.get(Self.path + "?user_id=\(user)", as: "user-\(user)").text
        #expect(text.contains("\"email\":\"Bearer user-\(user)\"") && text.contains("\"accountName\":\"\(user)\""))
        for other in 1...3 where other != user { #expect(!text.contains("user-\(other)")) }
      }
      // The same token's admin asks about one of them, and is shown what is its own.
      let text = try await gateway.get(Self.path + "?user_id=2", as: "admin").text
      #expect(text.contains("Bearer admin") && !text.contains("Bearer user"))
    }
  }

  @Test func manyAtOnceAreEachShownTheirOwn() async throws {
    try await SecuredGateway.run { gateway in
      let foreign = try await withThrowingTaskGroup(of: String?.self) { tasks in
        for number in 0..<240 {
          let user = number % 12 + 1
          tasks.addTask {
            let target = "\(Self.path)?user_id=\(user)&n=\(number / 120)"
            let text = try await gateway.get(target, as: "user-\(user)", fields: ["x-user-id": "\(user % 12 + 1)"]).text
            let named = text.matches(of: /Bearer user-(\d+)|"accountName":"(\d+)"/).compactMap { $0.1 ?? $0.2 }
            return named.count == 2 && named.allSatisfy { $0 == "\(user)" } ? nil : "\(user): \(text)"
          }
        }
        return try await tasks.reduce(into: [String]()) { foreign, found in if let found { foreign.append(found) } }
      }
      #expect(foreign.isEmpty, "\(foreign.prefix(2))")
      // Each of them asked once, whoever asked at the same time.
      #expect(gateway.asked.count { $0.path.hasPrefix("/api/v1/auth/profile/") } == 12)
    }
  }

  // MARK: A proxy that says who it is

  private static func behind(_ ranges: [String], _ authenticator: (any Authenticating)? = nil) throws -> SecuredGateway.Setup {
    var setup = SecuredGateway.Setup()
    setup.security.trustsIdentityHeaders = true
    setup.security.trustedProxies = try #require(TrustedProxies(ranges))
    setup.authenticator = authenticator
    setup.toUsers = toUsers
    return setup
  }

  @Test func aTrustedProxySaysWhoCalls() async throws {
    try await SecuredGateway.run(try Self.behind(["127.0.0.0/8"])) { gateway in
      let user = ["x-user-id": "7", "x-user-role": "USER", "x-user-email": "mail"]
      let response = try await gateway.get(Self.path + "?user_id=7", as: "unverified", fields: user)
      #expect(response.status == 200)
      #expect(response.fields["vary"] == "accept-encoding, authorization, x-tenant, x-user-email, x-user-id, x-user-role")
      let given = Self.given(gateway)
      #expect(given["/api/v1/auth/profile/7"] == ["x-user-id": "7", "x-user-email": "mail"])
      #expect(given["/scrapedAccounts/user/7"] == ["x-user-id": "7", "x-user-role": "USER"])
      #expect(try await gateway.get(Self.path + "?user_id=8", fields: user).status == 403)
      #expect(try await gateway.get(Self.path, fields: ["x-user-id": "1", "x-user-role": "ADMIN"]).status == 200)
    }
  }

  @Test(arguments: [
    [:], ["x-user-role": "ADMIN"], ["x-user-id": "0"], ["x-user-id": "-1"], ["x-user-id": "7x"], ["x-user-id": ""],
    ["x-user-id": "7", "x-user-role": "admin"], ["x-user-id": "7", "x-user-role": "ROOT"],
  ]) func whatAProxyDoesNotSayClearlyIsNothing(fields: [String: String]) async throws {
    try await SecuredGateway.run(try Self.behind(["127.0.0.1"])) { gateway async throws in
      #expect(try await gateway.get(Self.path + "?user_id=7", fields: fields).status == 401)
      #expect(gateway.asked.isEmpty)
    }
  }

  @Test func whoIsNoTrustedProxyIsNotBelieved() async throws {
    try await SecuredGateway.run(try Self.behind(["10.0.0.0/8", "::1"], ScriptedAuthenticator())) { gateway async throws in
      #expect(try await gateway.get(Self.path, fields: Self.forged).status == 401)
      #expect(try await gateway.get(Self.path + "?user_id=7", as: "user-7", fields: Self.forged).status == 200)
      #expect(Self.given(gateway)["/scrapedAccounts/user/7"] == ["x-user-id": "7", "x-user-role": "USER"])
      #expect(Self.given(gateway)["/api/v1/auth/profile/7"]?["x-user-email"] == nil)
    }
  }

  @Test func aCredentialComesBeforeWhatAProxySays() async throws {
    try await SecuredGateway.run(try Self.behind(["127.0.0.1"], ScriptedAuthenticator())) { gateway async throws in
      #expect(try await gateway.get(Self.path, as: "forged", fields: ["x-user-id": "1", "x-user-role": "ADMIN"]).status == 401)
      #expect(try await gateway.get(Self.path, as: "user-7", fields: ["x-user-id": "1", "x-user-role": "ADMIN"]).status == 403)
      #expect(try await gateway.get(Self.path, fields: ["x-user-id": "1", "x-user-role": "ADMIN"]).status == 200)
    }
  }
}
