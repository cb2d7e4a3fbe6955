import Testing
import TestSupport
import Upstreams

struct StatsTests {
  @Test func requestsAreCountedByRouteAndStatus() async throws {
    try await withFakes { fakes in
      let connection = try fakes.connect(to: .accounts)
      let one = "/scrapedAccounts/user/"
      for path in ["/scrapedAccounts", "/scrapedAccounts?x=1", one + "1", one + "2", "/", "/nowhere"] {
        _ = try connection.exchange("GET", path, fields: admin)
      }
      _ = try connection.exchange("HEAD", "/scrapedAccounts", fields: ["x-request-id": "r1", "traceparent": "00-a-b-01"])
      let stats = try await fakes.stats(of: .accounts) { $0.inFlight == 0 }
      #expect(stats.routes["GET /scrapedAccounts"] == 3 && stats.routes["GET /scrapedAccounts/user/{id}"] == 2)
      #expect(stats.routes["unmatched"] == 1 && stats.routes["GET /questions"] == 0)
      #expect(stats.total == 7 && stats.health == 1 && stats.maxInFlight == 1 && stats.cancelled == 0)
      #expect(stats.statuses == [200: 5, 401: 1, 404: 1])
      #expect(stats.connectionsAccepted == 1 && stats.connectionsOpen == 1)
      #expect(stats.lastRequest.requestID == "r1" && stats.lastRequest.traceparent == "00-a-b-01")
      #expect(!stats.lastRequest.authorizationPresent)
    }
  }

  @Test func statsAreReadAndResetOverHTTP() async throws {
    try await withFakes { fakes in
      let connection = try fakes.connect(to: .users)
      _ = try connection.exchange("GET", "/api/v1/auth/users", fields: admin)
      _ = try await fakes.stats(of: .users) { $0.inFlight == 0 }
      let control = try RawConnection(port: fakes.controlPort(of: .users))
      let response = try control.exchange("GET", "/_stats")
      #expect(!response.text.contains(FakeCredentials.adminToken))
      let stats = try response.json
      #expect(stats["service"] == .text("users") && stats["total"] == .number(1) && stats["health"] == .number(0))
      #expect(stats["routes"]?["GET /api/v1/auth/users"] == .number(1) && stats["statuses"]?["200"] == .number(1))
      #expect(stats["last_request"]?["authorization_present"] == .boolean(true))
      #expect(stats["last_request"]?["x-request-id"] == .null)
      #expect(stats["connections_open"] == .number(1) && stats["max_in_flight"] == .number(1))
      #expect(try control.exchange("DELETE", "/_stats").status == 204)
      let after = fakes.stats(of: .users)
      #expect(after.total == 0 && after.connectionsAccepted == 0 && after.connectionsOpen == 1 && after.statuses.isEmpty)
    }
  }

  @Test(arguments: [Fault.hang, .slow(.seconds(60)), .hangAfterHeaders, .drip, .huge(bytes: 1 << 30)])
  func aClientThatLeavesBeforeTheEndIsCounted(fault: Fault) async throws {
    try await withFault(fault, of: .dashboard) { fakes, connection in
      try connection.request("GET", "/getDashboardInfo")
      _ = try await fakes.stats(of: .dashboard) { $0.inFlight == 1 }
      connection.close()
      let stats = try await fakes.stats(of: .dashboard) { $0.cancelled == 1 && $0.connectionsOpen == 0 }
      #expect(stats.inFlight == 0 && stats.total == 1)
    }
  }

  @Test func whatTheServiceEndsItselfIsNotCancelled() async throws {
    try await withFault(.hang, of: .dashboard) { fakes, connection in
      try connection.request("GET", "/health")
      _ = try await fakes.stats(of: .dashboard) { $0.inFlight == 1 }
      try await fakes.setFault(.refuse, of: .dashboard)
      let stats = try await fakes.stats(of: .dashboard) { $0.inFlight == 0 }
      #expect(stats.cancelled == 0)
      #expect(connection.rest().end == .closed)
    }
  }

  @Test func requestsInFlightTogetherAreCountedTogether() async throws {
    try await withFault(.hang, of: .metrics) { fakes, first in
      let second = try fakes.connect(to: .metrics)
      try first.request("GET", "/")
      try second.request("GET", "/")
      let stats = try await fakes.stats(of: .metrics) { $0.inFlight == 2 }
      #expect(stats.maxInFlight == 2 && stats.connectionsOpen == 2)
    }
  }

  @Test func waitingForCountersEndsWithItsTask() async throws {
    try await withFakes { fakes in
      // Owned by this test, which cancels and awaits it.
      let waiting = Task { try await fakes.stats(of: .users) { $0.total == 1_000 } }
      waiting.cancel()
      await #expect(throws: CancellationError.self) { try await waiting.value }
    }
  }
}
