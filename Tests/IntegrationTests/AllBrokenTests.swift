import Testing
import Upstreams

/// Contract §2: when every section is missing there is no document; and one deadline, whatever hangs.
@Suite struct AllBrokenTests {
  static func every(_ fault: Fault) -> UpstreamsConfiguration {
    UpstreamsConfiguration(faults: Dictionary(uniqueKeysWithValues: ServiceName.allCases.map { ($0, fault) }))
  }

  @Test(arguments: [consolidated, summary])
  func allFourBrokenIs503WithWhatIsKnownInside(path: String) async throws {
    try await withStack(StackSetup()) { stack in
      for name in ServiceName.allCases { try await stack.setFault(.refuse, of: name) }
      try await stack.setFault(.status(500), of: .users)
      try await stack.setFault(.garbage, of: .dashboard)
      let response = try await stack.get(path)
      try expectProblem(response, status: 503, instance: path)
      let retryAfter = try #require(response["retry-after"])
      #expect(Int(retryAfter).map { $0 > 0 } == true)
      let body = try response.json
      #expect(
        body["services_status"]?.words
          == [
            "microservice1": "unavailable", "microservice2": "unavailable", "microservice3": "unavailable",
            "microservice4": "invalid_response",
          ])
      for (key, _, _) in sections {
        #expect(body["sections"]?[key]?["state"]?.text == "missing", "\(key)")
        #expect(body["sections"]?[key]?["reason"]?.text?.isEmpty == false, "\(key)")
      }
      #expect(proxyStatus(response).count == 4)
      #expect(timingNames(response).count == 4)
    }
  }

  @Test(arguments: [consolidated, summary])
  func allFourHangingIs504AtTheDeadline(path: String) async throws {
    try await withStack(StackSetup(upstreams: Self.every(.hang), deadline: "700ms")) { stack in
      let response = try await stack.get(path)
      try expectProblem(response, status: 504, instance: path)
      #expect(response["retry-after"] != nil)
      #expect(try response.json["services_status"]?.words.values.allSatisfy { $0 == "timeout" } == true)
      #expect(try response.json["sections"]?.keys == sections.map(\.key))
      #expect(response.took >= .milliseconds(500))
      #expect(response.took < .milliseconds(1700))
    }
  }

  @Test func threeHangingAndOneRefusedIs503() async throws {
    try await withStack(StackSetup(upstreams: Self.every(.hang), deadline: "700ms")) { stack in
      try await stack.setFault(.refuse, of: .dashboard)
      let response = try await stack.get(consolidated)
      try expectProblem(response, status: 503, instance: consolidated)
      #expect(response["retry-after"] != nil)
    }
  }

  @Test(arguments: ["hang", "hang-after-headers", "drip", "slow:60s"])
  func whateverHangsTheAnswerIsThereByTheDeadline(fault: String) async throws {
    try await withStack(StackSetup(deadline: "600ms")) { stack in
      try await stack.setFault(try Fault(fault), of: .metrics)
      try await stack.setFault(try Fault(fault), of: .users)
      for path in [consolidated, summary] {
        let response = try await stack.get(path)
        #expect(response.status == 200)
        #expect(response.took >= .milliseconds(400), "\(path)")
        #expect(response.took < .milliseconds(1600), "\(path)")
        #expect(try response.json["metadata"]?["services_status"]?["microservice4"]?.text == "ok")
      }
      // Nobody waits any more: the calls are given up.
      let stats = try await within(.seconds(3), "the cancelled calls") { [fakes = stack.fakes] in
        try await fakes.stats(of: .metrics) { $0.inFlight == 0 && $0.cancelled == 2 }
      }
      #expect(stats.total == 2)
    }
  }
}
