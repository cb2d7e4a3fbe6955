import Clients
import NIOCore
import RawJSON
import Testing
import Upstreams

@testable import Aggregation

@Suite struct FaultTests {
  private static let cases: [(fault: Fault, word: String, reason: String?)] = [
    (.refuse, "unavailable", "connection_refused"), (.status(500), "unavailable", "server_error"),
    (.status(503), "unavailable", "server_error"),
    (.status(401), "unauthorized", "unauthorized"), (.status(403), "unauthorized", "unauthorized"),
    (.status(429), "overloaded", "too_many_requests"), (.status(404), "invalid_response", "request_rejected"),
    (.status(301), "invalid_response", "redirected"), (.garbage, "invalid_response", "not_json"),
    (.wrongShape, "invalid_response", "wrong_shape"), (.empty, "no_data", nil),
    (.truncated, "unavailable", "incomplete_response"),
    (.reset, "unavailable", "connection_reset"), (.status(204), "no_data", nil), (.chunked, "ok", nil),
    (.closeAfter(responses: 1), "ok", nil),
  ]

  @Test(arguments: cases.indices) func everyFaultHasItsWordAndItsReason(_ position: Int) async throws {
    let (fault, word, reason) = Self.cases[position]
    for (broken, name) in ServiceName.allCases.enumerated() {
      try await Dashboard.run(UpstreamsConfiguration(faults: [name: fault])) { dashboard in
        let document = await dashboard.get()
        let metadata = try document.tree["metadata"]
        let words = (0..<4).map { $0 == broken ? word : "ok" }
        #expect(document.words == words, "\(fault) of \(name)")
        #expect(metadata?["services_status"] == services(words))
        #expect(metadata?["sections"]?[sectionNames[broken]]?["reason"]?.text == reason, "\(fault) of \(name)")
        #expect(metadata?["complete"] == .bool(reason == nil))
        #expect(try await dashboard.get(.summary).tree["metadata"]?["services_status"] == services(words), "\(fault) of \(name)")
      }
    }
  }

  private func services(_ words: [String]) -> JSONTree {
    .object(words.enumerated().map { JSONTree.Member(name: "microservice\($0 + 1)", value: .string($1)) })
  }

  @Test(arguments: [Fault.hang, .hangAfterHeaders, .slow(.seconds(60)), .drip])
  func whoDoesNotAnswerInTimeIsATimeoutAndHoldsUpNobody(_ fault: Fault) async throws {
    try await Dashboard.run(UpstreamsConfiguration(faults: [.accounts: fault])) { dashboard in
      for kind in Dashboard.Kind.allCases {
        let document = await dashboard.get(kind, within: .seconds(1))
        // As the loop saw it: this task itself may wait for a thread behind the tests that compute.
        #expect(document.sections.allSatisfy { $0.took < .seconds(3) }, "D is 1 s; the rest is for a busy machine")
        #expect(document.words == ["ok", "timeout", "ok", "ok"])
        let section = try document.tree["metadata"]?["sections"]?["scraped_accounts"]
        #expect(section == (try JSONTree(#"{"state":"missing","fetched_at":null,"reason":"timeout"}"#)))
      }
    }
  }

  @Test func anAttemptsOwnTimeoutIsATimeoutToo() async throws {
    try await Dashboard.run(UpstreamsConfiguration(faults: [.metrics: .hang])) {
      if $0.name == "metrics" { $0.attemptTimeout = .milliseconds(50) }
    } test: { dashboard in
      #expect(await dashboard.get().words == ["ok", "ok", "timeout", "ok"])
    }
  }

  @Test(arguments: ServiceName.allCases) func aBodyOverTheLimitIsRefused(_ name: ServiceName) async throws {
    try await Dashboard.run(UpstreamsConfiguration(faults: [name: .huge(bytes: 3_000_000)])) {
      $0.limits.maxBodyBytes = 1_000_000
    } test: { dashboard in
      let document = await dashboard.get()
      let broken = ServiceName.allCases.firstIndex(of: name)
      #expect(document.words == (0..<4).map { $0 == broken ? "invalid_response" : "ok" })
      #expect(document.sections.compactMap { $0.failure?.reason } == [.bodyTooLarge])
    }
  }

  @Test func aBodyUnderTheLimitIsNot() async throws {
    let huge = Fault.huge(bytes: 3_000_000)
    try await Dashboard.run(
      UpstreamsConfiguration(faults: Dictionary(uniqueKeysWithValues: ServiceName.allCases.map { ($0, huge) }))
    ) { dashboard in
      for kind in Dashboard.Kind.allCases { #expect(await dashboard.get(kind).words == ["ok", "ok", "ok", "ok"]) }
    }
  }

  @Test func whereNothingCameThereIsNoDocument() async throws {
    let faults: [Fault] = [.status(500), .refuse, .garbage, .status(429)]
    try await Dashboard.run(UpstreamsConfiguration(faults: Dictionary(uniqueKeysWithValues: zip(ServiceName.allCases, faults)))) {
      dashboard in
      for kind in Dashboard.Kind.allCases {
        let document = await dashboard.get(kind)
        guard case .refused(let refusal) = document.content else { throw CallFailure(.wrongShape) }
        #expect(!refusal.isTimeout && document.words == ["unavailable", "unavailable", "invalid_response", "overloaded"])
        var writer = JSONWriter()
        writer.object { refusal.write(to: &$0) }
        #expect(try JSONTree(writer.bytes)["services_status"] == services(document.words))
      }
    }
  }

  @Test func whereEveryOneWasATimeoutTheRefusalSaysSo() async throws {
    let faults = Dictionary(uniqueKeysWithValues: ServiceName.allCases.map { ($0, Fault.hang) })
    try await Dashboard.run(UpstreamsConfiguration(faults: faults), loops: 4) { dashboard in
      for loop in dashboard.loops {
        guard case .refused(let refusal) = await dashboard.get(within: .milliseconds(100), on: loop).content else {
          throw CallFailure(.wrongShape)
        }
        #expect(refusal.isTimeout)
      }
    }
  }

  @Test func aServiceThatHealsIsWellAtTheNextRequest() async throws {
    try await Dashboard.run(UpstreamsConfiguration(faults: [.users: .refuse])) { dashboard in
      #expect(await dashboard.get().words == ["unavailable", "ok", "ok", "ok"])
      try await dashboard.fakes.setFault(.none, of: .users)
      #expect(await dashboard.get().isComplete)
      try await dashboard.fakes.setFault(.garbage, of: .users)
      #expect(await dashboard.get().words == ["invalid_response", "ok", "ok", "ok"])
    }
  }

  /// Contract §6: "never retry a 4xx except 408, 425 and 429".
  @Test(arguments: [400, 401, 403, 404, 422]) func aRefusalCostsOneCall(_ status: Int) async throws {
    try await Dashboard.run(UpstreamsConfiguration(faults: [.metrics: .status(status)])) {
      $0.policies.retry = UpstreamDefinition.defaults[0].policies.retry
    } test: { dashboard in
      _ = await dashboard.get()
      #expect(dashboard.fakes.stats(of: .metrics).total == 1)
    }
  }
}
