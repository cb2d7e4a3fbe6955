import Clients
import TestSupport
import Testing

@testable import Gateway

/// Tokens that do not say which user they are of.
@Suite(.timeLimit(.minutes(1))) struct UserLookupTests {
  private static let path = AuthenticationTests.consolidated

  private static func setup(_ change: (inout SecuredGateway.Setup) -> Void = { _ in }) -> SecuredGateway.Setup {
    var setup = SecuredGateway.Setup()
    setup.security.authorization.userLookup = .section
    setup.usersCredential = [HeaderField(name: "authorization", value: "Bearer service")]
    change(&setup)
    return setup
  }

  @Test func whoseItIsStandsInTheSection() async throws {
    try await SecuredGateway.run(Self.setup()) { gateway in
      for _ in 0..<3 {
        let own = try await gateway.get(Self.path + "?user_id=7", as: "user")
        #expect(own.status == 200 && own.text.contains(#""accountName":"7""#))
        let other = try await gateway.get(Self.path + "?user_id=8", as: "user")
        #expect(other.status == 403)
      }
      #expect(gateway.asked.count { $0.path == "/api/v1/auth/users" } == 1)
      #expect(gateway.asked.allSatisfy { $0.fields["authorization"] ?? "Bearer service" == "Bearer service" })
    }
  }

  @Test(arguments: ["two", "stranger"]) func whoStandsThereTwiceOrNotAtAllIsNobody(credential: String) async throws {
    try await SecuredGateway.run(Self.setup()) { gateway in
      for id in 7...9 {
        let response = try await gateway.get(Self.path + "?user_id=\(id)", as: credential)
        #expect(response.status == 403)
      }
      #expect(gateway.asked.map(\.path) == ["/api/v1/auth/users"])
    }
  }

  @Test func whereTheSectionIsMissingNobodyCanTell() async throws {
    try await SecuredGateway.run(Self.setup { $0.usersAreAway = true }) { gateway in
      let response = try await gateway.get(Self.path + "?user_id=7", as: "user")
      #expect(response.status == 503 && response.fields["retry-after"] == "5")
      #expect(gateway.asked.isEmpty)
      // Who needs no looking up is shown what there is.
      let admin = try await gateway.get(Self.path, as: "admin")
      let other = try await gateway.get(Self.path + "?user_id=3", as: "user-3")
      #expect(admin.status == 200 && other.status == 200)
    }
  }

  @Test func withoutACredentialOfTheServiceNothingIsLookedUp() async throws {
    try await SecuredGateway.run(Self.setup { $0.usersCredential = nil }) { gateway in
      let response = try await gateway.get(Self.path + "?user_id=7", as: "user")
      #expect(response.status == 403)
      #expect(gateway.asked.isEmpty)
    }
  }
}
