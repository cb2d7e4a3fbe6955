import Testing
import Upstreams

/// With one loop and with four: the same answers.
@Suite struct LoopTests {
  /// The part of a document that must not depend on when and where it was made.
  private static func data(_ response: RawResponse, _ parts: [String]) throws -> [String: [UInt8]] {
    let members = try response.json.members.filter { parts.contains($0.key) }
    return Dictionary(members.map { ($0.key, Array(response.body[$0.source])) }) { first, _ in first }
  }

  @Test(arguments: ["1", "4"])
  func sixtyFourConnectionsGetWhatOneGets(loops: String) async throws {
    try await withStack(StackSetup(options: ["--loops", loops], places: Turnstile.all)) { stack in
      let parts = sections.map(\.key) + ["summary", "rankings", "trends"]
      let targets = [consolidated, summary, consolidated + "?user_id=5", summary + "?user_id=5"]
      var expected: [[String: [UInt8]]] = []
      for target in targets { expected.append(try Self.data(try await stack.get(target), parts)) }
      for service in sections.map(\.service) {
        let original = try await stack.original(of: service)
        #expect(original.status == 200)
      }
      let answers = expected
      let odd = try await atOnce(Array(0..<64)) { connection in
        let client = try await RawClient.connect(port: stack.gateway.port)
        var odd = 0
        for round in 0..<6 {
          let which = (connection + round) % targets.count
          let response = try await client.get(targets[which], fields: [("x-request-id", "c\(connection)-\(round)")])
          let isSame = try Self.data(response, parts) == answers[which]
          if response.status != 200 || !isSame || response["x-request-id"] != "c\(connection)-\(round)" { odd += 1 }
          if try response.json["metadata"]?["complete"]?.boolean != true { odd += 1 }
        }
        try await client.close()
        return odd
      }
      #expect(odd.reduce(0, +) == 0)
      #expect(!stack.gateway.process.hasEnded)
    }
  }

  @Test(arguments: ["1", "4"])
  func faultsAreTheSame(loops: String) async throws {
    // So many failures would open the breakers, and then the words are others.
    let patient = ["TRIBUTARY_CIRCUIT_BREAKER_CONSECUTIVE_FAILURES": "1000", "TRIBUTARY_CIRCUIT_BREAKER_MINIMUM_CALLS": "1000"]
    let setup = StackSetup(deadline: "1s", options: ["--loops", loops], environment: patient, places: Turnstile.all)
    try await withStack(setup) { stack in
      try await stack.setFault(.hang, of: .users)
      try await stack.setFault(.garbage, of: .accounts)
      try await stack.setFault(.refuse, of: .dashboard)
      let wanted = [
        "microservice1": "timeout", "microservice2": "invalid_response", "microservice3": "ok", "microservice4": "unavailable",
      ]
      let responses = try await atOnce(Array(0..<64)) { _ in try await stack.get(consolidated) }
      let words = Set(try responses.map { try $0.json["metadata"]?["services_status"]?.words })
      #expect(words == [wanted])
      #expect(responses.allSatisfy { $0.status == 200 && $0.took < .seconds(3) })
      #expect(try responses.allSatisfy { try $0.json["metadata"]?["total_posts_analyzed"]?.int == 50 })
    }
  }
}
