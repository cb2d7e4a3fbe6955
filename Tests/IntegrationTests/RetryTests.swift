import Testing
import Upstreams

/// Contract §6.1 and §6.2: what may help is tried again, what cannot is not.
@Suite struct RetryTests {
  @Test(arguments: [400, 401, 403, 404, 405, 409, 410, 422, 500, 501])
  func whatCannotHelpIsCalledExactlyOnce(status: Int) async throws {
    try await withStack { stack in
      for name in ServiceName.allCases { try await stack.setFault(.status(status), of: name) }
      let response = try await stack.get(consolidated)
      #expect(response.status == 503)
      for name in ServiceName.allCases { #expect(stack.fakes.stats(of: name).total == 1, "\(name)") }
    }
  }

  @Test(arguments: [502, 503, 504, 408, 425])
  func whatMayHelpIsTriedThreeTimes(status: Int) async throws {
    try await withStack { stack in
      try await stack.setFault(.status(status), of: .metrics)
      let response = try await stack.get(consolidated)
      #expect(response.status == 200)
      #expect(stack.fakes.stats(of: .metrics).total == 3)
      #expect(stack.fakes.stats(of: .dashboard).total == 1)
      #expect(try response.json["metadata"]?["services_status"]?["microservice3"]?.text == "unavailable")
    }
  }

  @Test func retriesEndWithTheDeadline() async throws {
    let setup = StackSetup(deadline: "1s", environment: ["TRIBUTARY_RETRY_ATTEMPTS": "10", "TRIBUTARY_RETRY_BACKOFF": "800ms"])
    try await withStack(setup) { stack in
      try await stack.setFault(.status(503), of: .metrics)
      let response = try await stack.get(consolidated)
      #expect(response.status == 200)
      #expect(response.took < .seconds(2))
      #expect((1...10).contains(stack.fakes.stats(of: .metrics).total))
      #expect(try response.json["metadata"]?["sections"]?["metrics"]?["state"]?.text == "missing")
    }
  }

  @Test func aServiceThatAsksToWaitIsNotCalledBefore() async throws {
    try await withStack(StackSetup(environment: ["TRIBUTARY_RETRY_ATTEMPTS": "2"])) { stack in
      try await stack.setFault(.retryAfter(seconds: 2), of: .metrics)
      let response = try await stack.get(consolidated)
      #expect(response.took >= .seconds(2))
      #expect(stack.fakes.stats(of: .metrics).total == 2)
    }
  }

  @Test func aServiceThatIsWellAgainOnTheSecondTryIsOk() async throws {
    let tries = Awaited(0)
    try await ScriptedUpstream.with { _ in
      tries.change { $0 += 1 }
      return tries.value == 1
        ? ScriptedUpstream.Reply(status: 503, body: []) : ScriptedUpstream.Reply(body: Array(#"[{"a":1}]"#.utf8))
    } test: { server in
      try await withStack(StackSetup(environment: ["MICROSERVICE4_URL": server.url])) { stack in
        let document = try await stack.get(consolidated).json
        #expect(document["dashboard_data"]?[0]?["a"]?.int == 1)
        #expect(document["metadata"]?["services_status"]?["microservice4"]?.text == "ok")
        #expect(server.requests.value.count == 2)
      }
    }
  }

  @Test func aRefusedPortIsDecidedLongBeforeTheDeadline() async throws {
    try await withStack { stack in
      try await stack.setFault(.refuse, of: .users)
      let response = try await stack.get(consolidated)
      #expect(response.status == 200)
      #expect(response.took < .seconds(3))
    }
  }

  @Test func anUnknownHostHurtsItsOwnSectionOnly() async throws {
    try await withStack(StackSetup(deadline: "3s", environment: ["MICROSERVICE4_URL": "http://no-such-host.invalid"])) { stack in
      let response = try await stack.get(consolidated)
      #expect(response.status == 200)
      #expect(response.took < .seconds(4))
      let words = try response.json["metadata"]?["services_status"]?.words
      #expect(words?["microservice1"] == "ok" && words?["microservice2"] == "ok" && words?["microservice3"] == "ok")
      #expect(words?["microservice4"] == "unavailable" || words?["microservice4"] == "timeout")
    }
  }

  @Test(arguments: [1, 3])
  func connectionsThatCloseUnderUsAreNotNoticed(responses: Int) async throws {
    let faults = Dictionary(uniqueKeysWithValues: ServiceName.allCases.map { ($0, Fault.closeAfter(responses: responses)) })
    let size = DataSize(users: 2, accounts: 2, posts: 2, rows: 2)
    try await withStack(StackSetup(upstreams: UpstreamsConfiguration(size: size, faults: faults), places: 2)) { stack in
      let complete = try await atOnce(Array(0..<5)) { _ in
        let client = try await RawClient.connect(port: stack.gateway.port)
        var complete = 0
        for _ in 0..<50 {
          let response = try await client.get(consolidated)
          let words = try response.json["metadata"]?["services_status"]?.words.values.map { $0 } ?? []
          if words == ["ok", "ok", "ok", "ok"] { complete += 1 } else { Issue.record("\(words)") }
        }
        try await client.close()
        return complete
      }
      #expect(complete == [50, 50, 50, 50, 50])
    }
  }
}
