import Testing
import Upstreams

/// RFC 7240: how long a client waits, and whether it takes a part for the whole.
@Suite struct PreferTests {
  @Test func whoWaitsLessGetsWhatIsThereByThen() async throws {
    try await withStack { stack in
      try await stack.setFault(.hang, of: .metrics)
      let response = try await stack.get(consolidated, fields: [("prefer", "wait=1")])
      #expect(response.status == 200)
      #expect(response.took < .seconds(4))
      #expect(response["preference-applied"] == "wait=1")
      let metadata = try response.json["metadata"]
      #expect(metadata?["services_status"]?.words["microservice3"] == "timeout")
      #expect(metadata?["services_status"]?.words["microservice1"] == "ok")
    }
  }

  @Test func whoIsInAHurryDoesNotSpeakAgainstTheService() async throws {
    try await withStack { stack in
      try await stack.setFault(.slow(.seconds(3)), of: .metrics)
      _ = try await atOnce(Array(0..<30)) { _ in try await stack.get(consolidated, fields: [("prefer", "wait=1")]) }
      let report = try await stack.get("/api/health/services").json
      #expect(report["services"]?["metrics"]?["circuit"]?.text == "closed")
      #expect(try await stack.get(consolidated).json["metadata"]?["complete"]?.boolean == true)
    }
  }

  @Test func waitingLongerThanTheDeadlineChangesNothing() async throws {
    try await withStack(StackSetup(deadline: "500ms")) { stack in
      try await stack.setFault(.hang, of: .metrics)
      let response = try await stack.get(consolidated, fields: [("prefer", "wait=60")])
      #expect(response.took < .seconds(3))
    }
  }

  @Test(arguments: [(Fault.status(500), 503), (.hang, 504)])
  func whoIsStrictGetsAProblemForAPartialAnswer(fault: Fault, status: Int) async throws {
    try await withStack(StackSetup(deadline: "1s")) { stack in
      for path in [consolidated, summary] {
        #expect(try await stack.get(path, fields: [("prefer", "handling=strict")]).status == 200)
      }
      try await stack.setFault(fault, of: .metrics)
      for path in [consolidated, summary] {
        let response = try await stack.get(path, fields: [("prefer", "handling=strict")])
        #expect(response.status == status)
        #expect(response["content-type"] == "application/problem+json")
        #expect(response["preference-applied"] == "handling=strict")
        #expect(response["retry-after"] != nil && response["cache-control"] == "no-store")
        #expect(try response.json["services_status"]?.words["microservice1"] == "ok")
        #expect(try response.json["sections"]?["metrics"]?["state"]?.text == "missing")
        #expect(try await stack.get(path).status == 200, "others take the part")
      }
    }
  }

  @Test func aSectionThatADocumentMustHaveIsAskedOfEverybody() async throws {
    let setup = StackSetup(environment: ["TRIBUTARY_DOCUMENTS_CONSOLIDATED_REQUIRED": "users"])
    try await withStack(setup) { stack in
      try await stack.setFault(.status(500), of: .metrics)
      #expect(try await stack.get(consolidated).status == 200)
      try await stack.setFault(.status(500), of: .users)
      #expect(try await stack.get(consolidated).status == 503)
      #expect(try await stack.get(summary).status == 200)
    }
  }
}
