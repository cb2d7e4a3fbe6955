import Clients
import Foundation
import Identity
import TestSupport
import Testing

@testable import Gateway

/// `explain=1`: who may ask, and what is told.
@Suite(.timeLimit(.minutes(1))) struct ExplainTests {
  private static let path = AuthenticationTests.consolidated

  private struct Explanation: Decodable {
    struct Section: Decodable {
      let state: String
      let reason: String?
      let cache: String?
    }
    struct Event: Decodable {
      let at_ms: Double
      let section: String?
      let event: String
      let detail: String?
      let deadline_left_ms: Double
    }
    let request_id: String
    let trace_id: String
    let route: String
    let total_ms: Double
    let deadline_ms: Double
    let outcome: String
    let sections: [String: Section]
    let timeline: [Event]

    func events(of section: String) -> [String] {
      timeline.filter { $0.section == section }.map { event in event.detail.map { "\(event.event): \($0)" } ?? event.event }
    }
  }

  private static func explanation(_ response: RawConnection.Response) throws -> Explanation {
    #expect(response.status == 200)
    #expect(response.fields["cache-control"] == "no-store")
    #expect(response.fields["content-type"] == "application/json")
    return try JSONDecoder().decode(Explanation.self, from: Data(response.body))
  }

  private static let operators = ScriptedAuthenticator { credential in
    credential == "Bearer operator"
      ? .success(
        Principal(
          proof: .apiKey, subject: "ops", role: .user, scopes: ["admin"], digest: CredentialDigest(of: credential.utf8)))
      : ScriptedAuthenticator.usual(credential)
  }

  @Test func anAdminIsToldWhatHappened() async throws {
    try await SecuredGateway.run { gateway in
      let first = try Self.explanation(
        try await gateway.get(
          Self.path + "?explain=1", as: "admin",
          fields: ["x-request-id": "mine", "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]))
      #expect(first.request_id == "mine" && first.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736")
      #expect(first.outcome == "complete" && first.route == Self.path)
      #expect(first.sections.keys.sorted() == ["dashboard_data", "metrics", "scraped_accounts", "users"])
      #expect(first.sections.values.allSatisfy { $0.state == "fresh" && $0.cache == "miss" })
      for section in first.sections.keys {
        let events = first.events(of: section)
        #expect(events.first == "memory_lookup: miss")
        #expect(events.contains("attempt_ended: first, endpoint 0, status 200"))
        #expect(events.suffix(2) == ["stored", "section_ended: fresh"])
      }
      #expect(first.timeline.last?.event == "merged")
      #expect(first.timeline.allSatisfy { $0.at_ms <= first.total_ms && $0.deadline_left_ms <= first.deadline_ms })
      let second = try Self.explanation(try await gateway.get(Self.path + "?explain=1", as: "admin"))
      #expect(second.sections.values.allSatisfy { $0.state == "cached" && $0.cache == "memory" })
      #expect(second.events(of: "users") == ["memory_lookup: hit", "section_ended: cached"])
      #expect(second.request_id == second.trace_id)
    }
  }

  /// No address and no port of an upstream, nobody's data.
  @Test func whatIsToldHoldsNothingOfAnybody() async throws {
    var setup = SecuredGateway.Setup()
    setup.usersAreAway = true
    setup.usersCredential = [HeaderField(name: "authorization", value: "Bearer canary")]
    try await SecuredGateway.run(setup) { gateway in
      let response = try await gateway.get(Self.path + "?explain=1", as: "admin")
      let explanation = try Self.explanation(response)
      #expect(explanation.outcome == "partial")
      #expect(explanation.sections["users"]?.reason == "connection_refused")
      #expect(explanation.events(of: "users").contains("attempt_ended: first, endpoint 0, connection_refused"))
      #expect(!response.text.contains("127.0.0.1") && !response.text.contains("canary") && !response.text.contains("example.com"))
    }
  }

  @Test func anOperatorsKeyExplainsAnybodysRequestAndReadsNobodysData() async throws {
    var setup = SecuredGateway.Setup()
    setup.authenticator = Self.operators
    try await SecuredGateway.run(setup) { gateway in
      #expect(try await gateway.get(Self.path, as: "operator").status == 403)
      #expect(try await gateway.get(Self.path + "?user_id=7", as: "operator").status == 403)
      let explanation = try Self.explanation(try await gateway.get(Self.path + "?user_id=7&explain=1", as: "operator"))
      #expect(explanation.outcome == "complete")
    }
  }

  @Test(arguments: ["user-7", "user"]) func whoeverIsNoOperatorIsNotTold(credential: String) async throws {
    try await SecuredGateway.run { gateway in
      let known = try await gateway.get(Self.path + "?user_id=7&explain=1", as: credential)
      let unknown = try await gateway.get(Self.path + "?explain=1")
      #expect(known.status == 403 && unknown.status == 401)
      #expect(gateway.asked.isEmpty)
    }
  }

  @Test(arguments: [false, true]) func whereNobodyHasToSayWhoHeIsItIsOffUnlessSwitchedOn(isOn: Bool) async throws {
    var setup = SecuredGateway.Setup()
    setup.authenticator = nil
    setup.explains = isOn
    try await SecuredGateway.run(setup) { gateway in
      let response = try await gateway.get(Self.path + "?explain=1")
      #expect(response.status == (isOn ? 200 : 403))
      #expect(gateway.asked.isEmpty == !isOn)
      #expect(try await gateway.get(Self.path + "?explain=0").status == 200)
    }
  }

  /// Neither is an explanation given for a document, nor a document for an explanation.
  @Test func itIsNobodyElsesAnswer() async throws {
    var setup = SecuredGateway.Setup()
    setup.authenticator = nil
    setup.explains = true
    try await SecuredGateway.run(setup) { gateway in
      for _ in 0..<3 {
        let document = try await gateway.get(Self.path)
        let explanation = try await gateway.get(Self.path + "?explain=1")
        #expect(document.text.hasPrefix(#"{"users":"#) && document.fields["etag"] != nil)
        #expect(explanation.text.hasPrefix(#"{"request_id":"#) && explanation.fields["etag"] == nil)
      }
    }
  }

  @Test(arguments: ["explain", "explain=", "explain=2", "explain=true", "explain=1&explain=0", "a=b&explain=%30&explain=1"])
  func anythingElseIsABadRequest(query: String) {
    #expect(throws: Problem.self) { try ExplainParameter.value(in: QueryParameters(query)) }
  }

  @Test func theParameterIsFoundAmongOthers() throws {
    for query in [nil, "", "user_id=7", "unexplain=1", "explained=1", "explain=0"] {
      let isExplained = try ExplainParameter.value(in: QueryParameters(query))
      #expect(!isExplained)
    }
    for query in ["explain=1", "user_id=7&explain=1", "explain=1&explain=1", "a=b&%65xplain=%31"] {
      let isExplained = try ExplainParameter.value(in: QueryParameters(query))
      #expect(isExplained)
    }
    #expect(ExplainParameter.names(in: QueryParameters("user_id=7&explain=1&user_id=8&flag")) == ["user_id", "explain", "flag"])
  }
}
