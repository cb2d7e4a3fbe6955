import Identity
import Resilience
import TestSupport
import Testing

@testable import Gateway

/// Who may ask for whose data.
@Suite(.timeLimit(.minutes(1))) struct AuthorizationTests {
  private static func principal(_ role: Principal.Role, _ id: Int64? = nil) -> Principal {
    Principal(proof: .token, subject: "x", role: role, userID: id, digest: CredentialDigest(of: []))
  }

  @Test(arguments: [nil, 7, 8] as [Int64?]) func anAdminMayAskForAnybody(asked: Int64?) throws {
    for id in [nil, 7] as [Int64?] {
      #expect(try Authorization().user(askedFor: asked, by: Self.principal(.admin, id)) == asked)
    }
  }

  @Test func aUserMayAskForItselfAlone() throws {
    let (authorization, user) = (Authorization(), Self.principal(.user, 7))
    #expect(try authorization.user(askedFor: 7, by: user) == 7)
    #expect(throws: Authorization.Denial.otherUser) { try authorization.user(askedFor: 8, by: user) }
    #expect(throws: Authorization.Denial.everybody) { try authorization.user(askedFor: nil, by: user) }
  }

  @Test func aUserOfWhomNobodyKnowsWhichMayAskForNobody() {
    for asked in [nil, 7] as [Int64?] {
      var authorization = Authorization()
      authorization.defaultsToOwn = true
      #expect(throws: Authorization.Denial.unknownUser) { try authorization.user(askedFor: asked, by: Self.principal(.user)) }
    }
  }

  @Test func whoNamesNobodyAsksForItselfWhereThatIsSet() throws {
    var authorization = Authorization()
    authorization.defaultsToOwn = true
    #expect(try authorization.user(askedFor: nil, by: Self.principal(.user, 7)) == 7)
    #expect(throws: Authorization.Denial.otherUser) { try authorization.user(askedFor: 8, by: Self.principal(.user, 7)) }
    #expect(try authorization.user(askedFor: nil, by: Self.principal(.admin, 7)) == nil)
  }

  @Test func whatIsNotAllowedIsRefusedBeforeAnybodyIsAsked() async throws {
    try await SecuredGateway.run { gateway in
      var bodies: Set<[UInt8]> = []
      for (credential, query) in [("user-7", ""), ("user-7", "?user_id=8"), ("user-7", "?%75ser_id=8"), ("user", "?user_id=7")] {
        let response = try await gateway.get(
          AuthenticationTests.consolidated + query, as: credential, fields: ["x-request-id": "one"])
        #expect(response.status == 403 && response.fields["content-type"] == "application/problem+json", "\(credential) \(query)")
        #expect(response.fields["cache-control"] == "no-store")
        bodies.insert(response.body)
      }
      #expect(bodies.count == 1)
      #expect(gateway.asked.isEmpty)
      // What is no user is that for everybody.
      #expect(try await gateway.get(AuthenticationTests.consolidated + "?user_id=0", as: "user-7").status == 400)
      #expect(gateway.asked.isEmpty)
    }
  }

  @Test func whatIsCachedForOneIsNotGivenToAnother() async throws {
    try await SecuredGateway.run { gateway async throws in
      let path = AuthenticationTests.consolidated + "?user_id=7"
      #expect(try await gateway.get(path, as: "user-7").status == 200)
      #expect(try await gateway.get(path, as: "admin").status == 200)
      #expect(try await gateway.get(path, as: "user-8").status == 403)
      #expect(try await gateway.get(path).status == 401)
    }
  }

  @Test func aUserThatNamesNobodyIsShownItsOwnWhereThatIsSet() async throws {
    var setup = SecuredGateway.Setup()
    setup.security.authorization.defaultsToOwn = true
    try await SecuredGateway.run(setup) { gateway async throws in
      #expect(try await gateway.get(AuthenticationTests.consolidated, as: "user-7").status == 200)
      #expect(Set(gateway.asked.map(\.path)).isSuperset(of: ["/api/v1/auth/profile/7", "/scrapedAccounts/user/7"]))
    }
  }

  @Test func anAnswerIsNotGivenAgainWhenItsProofIsOver() {
    let now = Timestamp(milliseconds: 1_000)
    #expect(ReplayTerms.end(remaining: 500, proofEnds: nil, at: now).milliseconds == 1_500)
    #expect(ReplayTerms.end(remaining: 500, proofEnds: Timestamp(milliseconds: 1_200), at: now).milliseconds == 1_200)
    #expect(ReplayTerms.end(remaining: 500, proofEnds: Timestamp(milliseconds: 9_000), at: now).milliseconds == 1_500)
  }

  @Test func anAnswerIsNotGivenAgainUnderAnotherConfiguration() async throws {
    try await SecuredGateway.run { gateway in
      for _ in 0..<20 { #expect(try await gateway.get(AuthenticationTests.consolidated, as: "admin").status == 200) }
      try await gateway.replace(authenticator: ScriptedAuthenticator { _ in .failure(.expired) })
      #expect(try await gateway.get(AuthenticationTests.consolidated, as: "admin").status == 401)
    }
  }
}
