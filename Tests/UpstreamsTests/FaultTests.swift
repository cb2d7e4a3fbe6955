import Glibc
import NIOCore
import NIOPosix
import Testing
import TestSupport
import Upstreams

/// What each fault looks like to a client.
struct FaultTests {
  @Test func refusedPortsRefuseAndHealOnTheSamePort() async throws {
    try await withFakes() { fakes in
      let port = fakes.port(of: .users)
      let kept = try fakes.connect(to: .users)
      #expect(try kept.exchange("GET", "/api/v1/actuator/health").status == 200)
      try await fakes.setFault(.refuse, of: .users)
      #expect(kept.rest().end == .closed)
      #expect(throws: RawConnection.SocketError(call: "connect", code: ECONNREFUSED)) { try fakes.connect(to: .users) }
      #expect(try fakes.connectToControl(of: .users).exchange("GET", "/_fault").text == "refuse")
      #expect(try fakes.fetch(.metrics, "GET", "/").status == 200)
      try await fakes.setFault(.none, of: .users)
      #expect(fakes.port(of: .users) == port)
      #expect(try fakes.fetch(.users, "GET", "/api/v1/auth/users").status == 200)
    }
  }

  @Test func aPortIsKeptFromOthersWhetherItRefusesOrNot() async throws {
    try await withFakes { fakes in
      let rival = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      let port = fakes.port(of: .users)
      for fault in [Fault.none, .refuse, .none, .refuse] {
        try await fakes.setFault(fault, of: .users)
        await #expect(throws: IOError.self) { try await rival.bind(host: "127.0.0.1", port: port).get() }
      }
      try await fakes.stop()
      try await rival.bind(host: "127.0.0.1", port: port).get().close()
    }
  }

  @Test func aServiceCanRefuseFromTheStartAndBeHealedThroughItsControlPort() async throws {
    try await withFakes(UpstreamsConfiguration(faults: [.accounts: .refuse])) { fakes in
      #expect(throws: RawConnection.SocketError.self) { try fakes.connect(to: .accounts) }
      let control = try fakes.connectToControl(of: .accounts)
      #expect(try control.exchange("PUT", "/_fault", body: "none").text == "none")
      #expect(try fakes.fetch(.accounts, "GET", "/").status == 200)
    }
  }

  @Test func aRefusalAskedForOnTheMainPortIsAnsweredFirst() async throws {
    try await withFakes() { fakes in
      let connection = try fakes.connect(to: .dashboard)
      let response = try connection.exchange("PUT", "/_fault", body: "refuse")
      #expect(response.text == "refuse" && response.fields["connection"] == "close")
      #expect(connection.rest().end == .closed)
      #expect(throws: RawConnection.SocketError.self) { try fakes.connect(to: .dashboard) }
    }
  }

  @Test(arguments: ["/health", "/getDashboardInfo"])
  func hangNeverAnswers(path: String) async throws {
    try await withFault(.hang, of: .dashboard) { fakes, connection in
      try connection.request("GET", path)
      _ = try await fakes.stats(of: .dashboard) { $0.inFlight == 1 }
      try await fakes.stop()
      #expect(connection.rest().bytes.isEmpty)
    }
  }

  @Test func hangAfterHeadersSendsTheHeadAndHalfOfTheBody() async throws {
    try await withFault(.hangAfterHeaders, of: .dashboard) { fakes, connection in
      try connection.request("GET", "/getDashboardInfo")
      let head = try connection.response(toHead: true)
      let count = try #require(Int(head.fields["content-length"] ?? ""))
      #expect(head.status == 200 && count > 1000)
      _ = try connection.bytes(count / 2)
      #expect(fakes.stats(of: .dashboard).inFlight == 1)
      try await fakes.stop()
      #expect(connection.rest().bytes.isEmpty)
    }
  }

  @Test func slowAnswersAfterItsTimeAndRightly() async throws {
    try await withFault(.slow(.milliseconds(60)), of: .dashboard) { _, connection throws in
      let start = ContinuousClock.now
      #expect(try connection.exchange("GET", "/health").text == "OK")
      #expect(start.duration(to: .now) >= .milliseconds(60))
    }
  }

  @Test func latencyDelaysEveryAnswerOfThatService() async throws {
    try await withFakes(UpstreamsConfiguration(latencies: [.accounts: .milliseconds(40)])) { fakes in
      let connection = try fakes.connect(to: .accounts)
      let start = ContinuousClock.now
      for _ in 0..<2 { #expect(try connection.exchange("GET", "/").status == 200) }
      #expect(start.duration(to: .now) >= .milliseconds(80))
    }
  }

  @Test func dripSendsAByteAtATime() async throws {
    try await withFault(.drip, of: .dashboard) { _, connection in
      let start = ContinuousClock.now
      try connection.request("GET", "/health")
      #expect(try connection.response(toHead: true).fields["content-length"] == "2")
      #expect(try connection.bytes(1) == [UInt8(ascii: "O")])
      #expect(try connection.bytes(1) == [UInt8(ascii: "K")])
      #expect(start.duration(to: .now) >= .milliseconds(200))
    }
  }

  @Test(arguments: [
    (ServiceName.users, 500, ["error", "message"]), (.users, 503, ["error", "message"]), (.accounts, 401, ["message"]),
    (.accounts, 500, ["error"]), (.metrics, 422, ["detail"]), (.metrics, 503, ["detail"]),
    (.dashboard, 502, ["error", "path", "status", "timestamp"]),
  ])
  func statusHasTheServicesOwnErrorBody(name: ServiceName, status: Int, keys: [String]) async throws {
    try await withFault(.status(status), of: name) { _, connection in
      let response = try connection.exchange("GET", "/health")
      #expect(response.status == status)
      #expect(try response.json.object?.keys.sorted() == keys)
    }
  }

  @Test func statusesWithoutJSONAreAsTheFrameworksSendThem() async throws {
    let faults: [ServiceName: Fault] = [
      .users: .status(403), .metrics: .status(500), .accounts: .status(302), .dashboard: .status(204),
    ]
    try await withFakes(UpstreamsConfiguration(faults: faults)) { fakes in
      let forbidden = try fakes.fetch(.users, "GET", "/api/v1/auth/users")
      #expect(forbidden.status == 403 && forbidden.body.isEmpty)
      let failed = try fakes.fetch(.metrics, "POST", "/dbquery/user", body: "{}")
      #expect(failed.status == 500 && failed.text == "Internal Server Error")
      #expect(failed.fields["content-type"]?.hasPrefix("text/plain") == true)
      #expect(try fakes.fetch(.accounts, "GET", "/scrapedAccounts").fields["location"] == "/moved")
      let nothing = try fakes.fetch(.dashboard, "GET", "/getDashboardInfo")
      #expect(nothing.status == 204 && nothing.fields["content-length"] == nil)
    }
  }

  @Test func garbageIsA200ThatIsNotJSON() async throws {
    try await withFault(.garbage, of: .accounts) { _, connection in
      let response = try connection.exchange("GET", "/scrapedAccounts", fields: admin)
      #expect(response.status == 200 && response.fields["content-type"] == "application/json")
      #expect(throws: (any Error).self) { try response.json }
    }
  }

  @Test func truncatedClosesBeforeTheDeclaredEnd() async throws {
    try await withFault(.truncated, of: .dashboard) { _, connection in
      try connection.request("GET", "/getDashboardInfo")
      let count = Int(try connection.response(toHead: true).fields["content-length"] ?? "") ?? 0
      let (bytes, end) = connection.rest()
      #expect(count > 0 && bytes.count == count / 2 && end == .closed)
    }
  }

  @Test func emptyIsA200WithoutABody() async throws {
    try await withFault(.empty, of: .metrics) { _, connection in
      let response = try connection.exchange("POST", "/dbquery/user", body: "{}")
      #expect(response.status == 200 && response.fields["content-length"] == "0")
    }
  }

  @Test func wrongShapeIsValidJSONOfAnotherShape() async throws {
    let faults = Dictionary(uniqueKeysWithValues: ServiceName.allCases.map { ($0, Fault.wrongShape) })
    try await withFakes(UpstreamsConfiguration(faults: faults)) { fakes throws in
      #expect(try fakes.fetch(.users, "GET", "/api/v1/auth/users").text == #"{"unexpected":true}"#)
      #expect(try fakes.fetch(.users, "GET", "/api/v1/auth/profile/1").text == "[1,2,3]")
      #expect(try fakes.fetch(.accounts, "GET", "/scrapedAccounts").text == #"{"unexpected":true}"#)
      #expect(try fakes.fetch(.metrics, "POST", "/dbquery/user", body: "{}").text == "[1,2,3]")
      #expect(try fakes.fetch(.dashboard, "GET", "/health").text == #"{"unexpected":true}"#)
    }
  }

  @Test func resetEndsWithARST() async throws {
    try await withFault(.reset, of: .users) { fakes, connection in
      try connection.request("GET", "/api/v1/auth/users", fields: admin)
      let (bytes, end) = connection.rest()
      #expect(bytes.isEmpty && end == .reset)
      let after = try await fakes.stats(of: .users) { $0.connectionsOpen == 0 }
      #expect(after.total == 1 && after.cancelled == 0 && after.statuses.isEmpty)
    }
  }
}
