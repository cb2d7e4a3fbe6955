import Testing
import Upstreams

/// When nobody waits any more, nothing is asked any more.
@Suite struct LeavingTests {
  @Test(arguments: [consolidated, summary]) func aClientThatLeavesTakesItsUpstreamCallsAlong(target: String) async throws {
    try await withStack(StackSetup(deadline: "30s")) { stack in
      for name in ServiceName.allCases { try await stack.setFault(.hang, of: name) }
      let client = try await RawClient.connect(port: stack.gateway.port)
      let asking = Task { try await client.get(target) }
      try await stack.untilAll("is being asked") { $0.inFlight == 1 }
      let left = ContinuousClock.now
      try await client.close()
      await #expect(throws: (any Error).self) { try await asking.value }
      try await stack.untilAll("is asked no more") { $0.cancelled == 1 && $0.inFlight == 0 }
      // Half a second is promised; the rest is for a loaded machine.
      #expect(ContinuousClock.now - left < .seconds(2))
      for name in ServiceName.allCases {
        let stats = stack.fakes.stats(of: name)
        #expect(stats.total == 1, "\(name): neither finished nor tried again")
      }
      #expect(try await stack.get("/").status == 200)
    }
  }

  /// An interim answer would break it: its FIN has to do.
  @Test(arguments: ["", "Connection: keep-alive\r\n"]) func soDoesAClientOfHTTP10(field: String) async throws {
    try await withStack(StackSetup(deadline: "30s")) { stack in
      for name in ServiceName.allCases { try await stack.setFault(.hang, of: name) }
      let client = try await RawClient.connect(port: stack.gateway.port)
      let asking = Task { try await client.send(Array("GET \(consolidated) HTTP/1.0\r\n\(field)\r\n".utf8)) }
      try await stack.untilAll("is being asked") { $0.inFlight == 1 }
      let left = ContinuousClock.now
      try await client.close()
      await #expect(throws: (any Error).self) { try await asking.value }
      try await stack.untilAll("is asked no more") { $0.cancelled == 1 && $0.inFlight == 0 }
      // Half a second is promised; the rest is for a loaded machine.
      #expect(ContinuousClock.now - left < .seconds(2))
    }
  }

  @Test func hungUpstreamsAndSlowClientsDoNotKeepTheProcess() async throws {
    try await withStack(StackSetup(deadline: "2s")) { stack in
      for name in ServiceName.allCases { try await stack.setFault(.hang, of: name) }
      let (idle, busy) = (
        try await RawClient.connect(port: stack.gateway.port), try await RawClient.connect(port: stack.gateway.port)
      )
      #expect(try await idle.get("/").status == 200)
      async let answer = busy.get(consolidated)
      try await stack.untilAll("is being asked") { $0.inFlight == 1 }
      stack.gateway.process.send(signal: 15)
      let response = try await answer
      #expect(response.status == 504 && response["connection"] == "close", "what is in flight is finished")
      #expect(try await stack.gateway.process.end(within: .seconds(20)) == .exit(0))
      try await idle.close()
    }
  }
}

extension Stack {
  /// Waits until it holds of each fake service.
  fileprivate func untilAll(_ what: String, _ condition: @escaping @Sendable (ServiceStats) -> Bool) async throws {
    let fakes = fakes
    for name in ServiceName.allCases {
      _ = try await within(.seconds(10), "\(what): \(name)") { try await fakes.stats(of: name, where: condition) }
    }
  }
}
