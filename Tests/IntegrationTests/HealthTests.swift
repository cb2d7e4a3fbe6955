import Testing
import Upstreams

/// Contract §4: the health of the services.
@Suite struct HealthTests {
  @Test func theReportHasAWordAndTheDetailsOfEachService() async throws {
    try await withStack { stack in
      let response = try await stack.get(health)
      #expect(response.status == 200)
      let report = try response.json
      #expect(report.keys == ["microservice1", "microservice2", "microservice3", "microservice4", "services"])
      #expect(report.words == Dictionary(uniqueKeysWithValues: ServiceName.allCases.map { (label(of: $0), "healthy") }))
      #expect(report["services"]?.keys == ["users", "accounts", "metrics", "dashboard"])
      for name in ServiceName.allCases {
        let service = try #require(report["services"]?[name.rawValue])
        #expect(
          service.keys == ["state", "latency_ms", "checked_at", "last_success_at", "circuit", "success_rate"], "\(name)")
        #expect(service["state"]?.text == "healthy", "\(name)")
        #expect(service["latency_ms"]?.double.map { $0 >= 0 && $0 < 2000 } == true, "\(name)")
        expectTimestamp(service["checked_at"], "checked_at of \(name)")
        expectTimestamp(service["last_success_at"], "last_success_at of \(name)")
        #expect(service["success_rate"]?.double == 1, "\(name)")
        #expect(service["circuit"]?.text == "closed", "\(name)")
      }
    }
  }

  @Test func onlyTheLightEndpointsAreAsked() async throws {
    try await withStack { stack in
      for _ in 0..<3 { _ = try await stack.get(health) }
      for name in ServiceName.allCases {
        let stats = stack.fakes.stats(of: name)
        #expect(stats.health >= 1, "\(name)")
        #expect(stats.total == stats.health, "\(name)")
      }
    }
  }

  @Test func fiftyAskersAtOnceCostAtMostOneProbeASecond() async throws {
    try await withStack { stack in
      let started = ContinuousClock.now
      let reports = try await atOnce(Array(0..<50)) { _ in try await stack.get(health).json.words }
      let seconds = Int((ContinuousClock.now - started).components.seconds) + 1
      #expect(reports.allSatisfy { $0.count == 4 && $0.values.allSatisfy { $0 == "healthy" } })
      for name in ServiceName.allCases { #expect((1...seconds).contains(stack.fakes.stats(of: name).total), "\(name)") }
    }
  }

  @Test func fiftyAskersOfABrokenServiceCostAtMostOneProbeASecondToo() async throws {
    let faults = Dictionary(uniqueKeysWithValues: ServiceName.allCases.map { ($0, Fault.status(500)) })
    try await withStack(StackSetup(upstreams: UpstreamsConfiguration(faults: faults))) { stack in
      let started = ContinuousClock.now
      _ = try await atOnce(Array(0..<50)) { _ in try await stack.get(health) }
      let seconds = Int((ContinuousClock.now - started).components.seconds) + 1
      for name in ServiceName.allCases { #expect((1...seconds).contains(stack.fakes.stats(of: name).total), "\(name)") }
    }
  }

  @Test func aHangingServiceIsATimeoutWithinTwoSeconds() async throws {
    try await withStack { stack in
      try await stack.setFault(.hang, of: .accounts)
      let responses = try await atOnce(Array(0..<20)) { _ in try await stack.get(health) }
      for response in responses {
        #expect(response.status == 200)
        #expect(response.took < .seconds(3))
        let report = try response.json
        #expect(report["microservice2"]?.text == "timeout")
        #expect(report["services"]?["accounts"]?["state"]?.text == "timeout")
        #expect(report["microservice1"]?.text == "healthy")
        #expect(report["services"]?["accounts"]?["last_success_at"] == .null)
      }
      #expect((1...2).contains(stack.fakes.stats(of: .accounts).total))
    }
  }

  @Test(arguments: ["refuse", "status:500", "status:404", "reset"])
  func aBrokenServiceIsUnhealthyInFewWords(fault: String) async throws {
    try await withStack { stack in
      for name in ServiceName.allCases { try await stack.setFault(try Fault(fault), of: name) }
      let response = try await stack.get(health)
      #expect(response.status == 200)
      let report = try response.json
      for name in ServiceName.allCases {
        let word = try #require(report[label(of: name)]?.text)
        #expect(word.hasPrefix("unhealthy: "), "\(word)")
        #expect((1...50).contains(word.dropFirst("unhealthy: ".count).count), "\(word)")
        #expect(!word.contains("127.0.0.1"))
        #expect(report["services"]?[name.rawValue]?["state"]?.text == "unhealthy")
        #expect(report["services"]?[name.rawValue]?["success_rate"]?.double == 0)
      }
    }
  }

  @Test func aHealedServiceIsHealthyAgain() async throws {
    try await withStack { stack in
      try await stack.setFault(.refuse, of: .metrics)
      #expect(try await stack.get(health).json["microservice3"]?.text?.hasPrefix("unhealthy") == true)
      try await stack.setFault(.none, of: .metrics)
      let started = ContinuousClock.now
      try await within(.seconds(5), "the recovery") {
        while try await stack.get(health).json["microservice3"]?.text != "healthy" { try Task.checkCancellation() }
      }
      #expect(ContinuousClock.now - started < .seconds(3))
    }
  }

  @Test func whatTrafficHasJustShownNeedsNoProbe() async throws {
    try await withStack { stack in
      try await stack.setFault(.status(503), of: .metrics)
      _ = try await stack.get(consolidated)
      let report = try await stack.get(health).json
      #expect(report["microservice1"]?.text == "healthy")
      #expect(report["microservice3"]?.text?.hasPrefix("unhealthy: ") == true)
      #expect(stack.fakes.stats(of: .users).health == 0)
    }
  }

  @Test func aServiceThatRefusesTheCallersIdentityIsNotUnhealthy() async throws {
    try await withStack(StackSetup(hasCredentials: false)) { stack in
      _ = try await stack.get(consolidated)
      let report = try await stack.get(health).json
      #expect(report["microservice1"]?.text == "healthy")
      #expect(report["microservice2"]?.text == "healthy")
    }
  }

  @Test func whoeverLeavesTakesNobodysReportAlong() async throws {
    let slow = Dictionary(uniqueKeysWithValues: ServiceName.allCases.map { ($0, Fault.slow(.milliseconds(700))) })
    try await withStack(StackSetup(upstreams: UpstreamsConfiguration(faults: slow))) { stack in
      let first = try await RawClient.connect(port: stack.gateway.port)
      async let _ = first.get("/api/health/services")
      _ = try await within(.seconds(5), "the probe") { [fakes = stack.fakes] in
        try await fakes.stats(of: .metrics) { $0.inFlight == 1 }
      }
      async let report = stack.get("/api/health/services")
      try await first.close()
      #expect(try await report.json["services"]?["metrics"]?["state"]?.text == "healthy")
    }
  }
}
