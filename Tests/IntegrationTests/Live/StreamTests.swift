import Glibc
import TestSupport
import Testing
import Upstreams

/// `GET /api/dashboard/stream`, as clients, services and operators see it.
@Suite struct StreamTests {
  @Test func sectionsLandOneByOneWhileOneServiceIsSlow() async throws {
    try await withStack { stack in
      try await stack.setFault(.slow(.seconds(3)), of: .metrics)
      let events = try await stack.listen().read(5)
      let landed = try events.map { try $0.json["section"]?.text ?? $0.name }
      #expect(Set(landed.prefix(3)) == ["users", "scraped_accounts", "dashboard_data"])
      #expect(landed.suffix(2) == ["metrics", "document"])
      let metadata = try events[4].json
      #expect(metadata["complete"]?.boolean == true)
      #expect(metadata["services_status"]?.members.map(\.value) == Array(repeating: .text("ok"), count: 4))
    }
  }

  @Test func whatItTellsIsWhatTheDocumentHas() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      for target in ["", "?user_id=3"] {
        let document = try await stack.get(consolidated + target).json
        let told = try await stack.listen(stream + target).document()
        for (key, _, _) in sections {
          #expect(told[key]?["data"] == document[key])
          #expect(told[key]?["state"]?.text == "fresh")
          #expect(told[key]?["fetched_at"] == document["metadata"]?["sections"]?[key]?["fetched_at"])
        }
        #expect(told["document"]?["total_users"] == document["metadata"]?["total_users"])
        #expect(told["document"]?["timestamp"] == document["metadata"]?["timestamp"])
      }
    }
  }

  @Test func aMissingSectionIsToldWithItsReasonAndItsReturn() async throws {
    try await withStack { stack in
      try await stack.setFault(.status(500), of: .accounts)
      let reader = try await stack.listen()
      let told = try await reader.document()
      #expect(told["scraped_accounts"]?["state"]?.text == "missing")
      #expect(told["scraped_accounts"]?["status"]?.text == "unavailable")
      #expect(told["scraped_accounts"]?["reason"]?.text?.isEmpty == false)
      #expect(told["scraped_accounts"]?["data"] == .list([]))
      #expect(told["document"]?["complete"]?.boolean == false)
      try await stack.setFault(.none, of: .accounts)
      let back = try #require(try await reader.read()?.json)
      #expect(back["section"]?.text == "scraped_accounts" && back["state"]?.text == "fresh")
      #expect(back["data"]?.list?.isEmpty == false)
    }
  }

  @Test func manyStreamsCostOneSetOfCallsEachTimeThatTheDataExpires() async throws {
    let setup = StackSetup(caches: true, environment: ["TRIBUTARY_CACHE_TTL": "1s", "TRIBUTARY_SERVER_LOOPS": "2"])
    try await withStack(setup) { stack in
      let began = ContinuousClock.now
      let readers = try await onThread { [port = stack.gateway.port] in
        try (0..<200).map { _ in try EventReader(port: port, stream) }
      }
      for reader in readers { #expect(try await reader.read(5).last?.name == "document") }
      _ = try await within(.seconds(30), "four sets of calls") { [fakes = stack.fakes] in
        try await fakes.stats(of: .metrics) { $0.total >= 4 }
      }
      for service in ServiceName.allCases {
        let calls = stack.fakes.stats(of: service).total
        // A tenth sooner at most, and one to begin with.
        let most = 1 + (ContinuousClock.now - began) / .milliseconds(900)
        #expect(Double(calls) <= most, "\(service)")
      }
    }
  }

  @Test func aChangeIsOneEventForEachWhoListens() async throws {
    let telling = Telling()
    try await Telling.with(telling.answer, environment: ["TRIBUTARY_CACHE_TTL": "300ms", "TRIBUTARY_SERVER_LOOPS": "2"]) {
      gateway in
      let readers = try await onThread { [port = gateway.port] in
        try (0..<40).map { _ in try EventReader(port: port, stream) }
      }
      for reader in readers { #expect(try await reader.document()["dashboard_data"]?["data"]?[0]?["adminId"]?.int == 1) }
      for number in 2...3 {
        telling.change()
        for reader in readers {
          let event = try #require(try await reader.read { $0.hasData }.last)
          let json = try event.json
          #expect(event.name == "section" && json["section"]?.text == "dashboard_data")
          #expect(json["data"]?[0]?["adminId"]?.int == number)
        }
      }
    }
  }

  @Test func withoutACacheAChangeIsToldWithinTheInterval() async throws {
    let telling = Telling()
    try await Telling.with(
      telling.answer, environment: ["TRIBUTARY_CACHE_ENABLED": "false", "TRIBUTARY_STREAM_INTERVAL": "300ms"]
    ) { gateway in
      let reader = try await onThread { [port = gateway.port] in try EventReader(port: port, stream) }
      _ = try await reader.document()
      telling.change()
      #expect(try await reader.read()?.json["data"]?[0]?["adminId"]?.int == 2)
    }
  }

  @Test func aPurgeIsToldAlthoughTheDataIsStillFresh() async throws {
    let telling = Telling()
    try await Telling.with(telling.answer, environment: ["TRIBUTARY_CACHE_TTL": "1h"]) { gateway in
      let reader = try await onThread { [port = gateway.port] in try EventReader(port: port, stream) }
      _ = try await reader.document()
      for (number, mode) in [[], ["--hard"]].enumerated() {
        telling.change()
        let port = try await gateway.adminPort
        let purge = try await ChildProcess.run(["purge", "dashboard_data", "--url", "http://127.0.0.1:\(port)"] + mode)
        #expect(purge.ending == .exit(0))
        #expect(try await reader.read()?.json["data"]?[0]?["adminId"]?.int == number + 2)
      }
    }
  }

  @Test func dataThatIsStillWorthSomethingGoesStaleAndComesBackWithoutBeingSentAgain() async throws {
    let setup = StackSetup(
      caches: true, environment: ["TRIBUTARY_CACHE_TTL": "500ms", "TRIBUTARY_UPSTREAMS_DASHBOARD_RETRY_ATTEMPTS": "1"])
    try await withStack(setup) { stack in
      let reader = try await stack.listen()
      _ = try await reader.document()
      try await stack.setFault(.status(500), of: .dashboard)
      let stale = try #require(try await reader.read()?.json)
      #expect(stale["section"]?.text == "dashboard_data" && stale["state"]?.text == "stale")
      #expect(stale["reason"]?.text?.isEmpty == false && stale["data"] == nil)
      try await stack.setFault(.none, of: .dashboard)
      let fresh = try #require(try await reader.read()?.json)
      #expect(fresh["section"]?.text == "dashboard_data" && fresh["state"]?.text == "fresh")
      #expect(fresh["data"] == nil)
    }
  }

  @Test func nobodyIsToldWhatIsAnothers() async throws {
    let telling = Telling()
    try await Telling.with(telling.personal, environment: ["TRIBUTARY_CACHE_TTL": "300ms"]) { gateway in
      let readers = try await onThread { [port = gateway.port] in
        try (0..<60).map { user in
          try EventReader(
            port: port, user % 2 == 0 ? stream : stream + "?user_id=7",
            fields: ["authorization": "Bearer canary\(user / 4)x", "x-user-id": "canary\(user / 4)x", "x-user-role": "ADMIN"])
        }
      }
      func check(_ event: EventReader.Event, of user: Int) {
        let named = event.data.matches(of: /canary\d+x/).map { String($0.0) }
        #expect(named.allSatisfy { $0 == "canary\(user / 4)x" }, "\(event.data)")
      }
      for (user, reader) in readers.enumerated() {
        let told = try await reader.read { $0.name == "document" }
        for event in told { check(event, of: user) }
        #expect(told.filter { $0.data.contains("canary\(user / 4)x") }.count == 2)
      }
      telling.change()
      // Both sections of each. Where a loop found data of another past its time there was an event of their state before.
      for (user, reader) in readers.enumerated() {
        for _ in 0..<2 {
          let told = try await reader.read { $0.hasData }
          for event in told { check(event, of: user) }
          #expect(told.last?.data.contains(#""id":2"#) == true, "\(told.map(\.data))")
        }
      }
    }
  }

  @Test func whoeverComesBackIsToldOnlyWhatIsAnother() async throws {
    let telling = Telling()
    try await Telling.with(telling.answer, environment: ["TRIBUTARY_CACHE_TTL": "1h", "TRIBUTARY_SERVER_LOOPS": "1"]) { gateway in
      let port = gateway.port
      let first = try await onThread { try EventReader(port: port, stream) }
      let id = try #require(try await first.read(5).last?.id)
      let same = try await onThread { try EventReader(port: port, stream, fields: ["last-event-id": id]) }
      let only = try #require(try await same.read())
      #expect(only.name == "document" && only.id == id)
      telling.change()
      let purge = try await ChildProcess.run(
        ["purge", "dashboard_data", "--hard", "--url", "http://127.0.0.1:\(try await gateway.adminPort)"])
      #expect(purge.ending == .exit(0))
      // Whoever listened all the time is told, too.
      let event = try #require(try await first.read())
      let back = try await onThread { try EventReader(port: port, stream, fields: ["last-event-id": id]) }
      let changed = try await back.read(2)
      #expect(changed.map(\.name) == ["section", "document"])
      #expect(changed.first?.data == event.data)
      for nonsense in ["1.m", id + "x", String(repeating: "9", count: 2000)] {
        let reader = try await onThread { try EventReader(port: port, stream, fields: ["last-event-id": nonsense]) }
        #expect(try await reader.read(5).map(\.name) == Array(repeating: "section", count: 4) + ["document"])
      }
    }
  }

  @Test func anEndOfTheProcessIsToldToAllAndComesInTime() async throws {
    let setup = StackSetup(environment: ["TRIBUTARY_SERVER_DRAIN": "5s", "TRIBUTARY_SERVER_GRACE": "20s"])
    try await withStack(setup) { stack in
      let readers = try await onThread { [port = stack.gateway.port] in
        try (0..<50).map { _ in try EventReader(port: port, stream) }
      }
      for reader in readers { _ = try await reader.document() }
      stack.gateway.process.send(signal: SIGTERM)
      for reader in readers {
        let last = try #require(try await reader.read())
        #expect(last.name == "end" && last.data == #"{"reason":"draining"}"# && last.retry != nil)
        #expect(try await reader.read() == nil)
      }
      // Whoever comes while it drains is sent elsewhere, and comes back by itself.
      let late = try await stack.listen()
      #expect(try await late.read(6).last?.name == "end")
      #expect(try await stack.gateway.process.end(within: .seconds(30)) == .exit(0))
    }
  }

  @Test func aHungServiceAndAClientThatReadsNothingDoNotKeepTheProcess() async throws {
    let setup = StackSetup(deadline: "60s", environment: ["TRIBUTARY_SERVER_GRACE": "4s"])
    try await withStack(setup) { stack in
      try await stack.setFault(.hang, of: .metrics)
      let reader = try await stack.listen()
      #expect(try await reader.read(3).count == 3)
      stack.gateway.process.send(signal: SIGTERM)
      #expect(try await reader.read()?.name == "end")
      #expect(try await stack.gateway.process.end(within: .seconds(30)) == .exit(0))
    }
  }

  @Test func beyondTheMostStreamsAClientIsToldToTryAgain() async throws {
    try await withStack(StackSetup(environment: ["TRIBUTARY_STREAM_MAX_STREAMS": "2"])) { stack in
      let readers = try await onThread { [port = stack.gateway.port] in
        try (0..<2).map { _ in try EventReader(port: port, stream) }
      }
      for reader in readers { _ = try await reader.document() }
      let refused = try await stack.get(stream)
      try expectProblem(refused, status: 503, instance: stream)
      #expect(refused["retry-after"] != nil)
      #expect(try await stack.get(consolidated).status == 200)
      for reader in readers { reader.connection.close() }
    }
  }

  @Test func aRequestThatIsNoneIsRefusedLikeAnyOther() async throws {
    try await withStack { stack in
      try expectProblem(try await stack.get(stream + "?user_id=0"), status: 400, instance: stream)
      let preflight = try await RawClient.fetch(
        "OPTIONS", port: stack.gateway.port, stream,
        fields: [("origin", "https://app.example.com"), ("access-control-request-method", "GET")])
      #expect(preflight.status == 204)
    }
  }
}
