import Testing
import TestSupport
import Upstreams

/// HTTP/1.1 as the services speak it when nothing is broken.
struct ConnectionTests {
  @Test func aConnectionIsKeptAndPipelinedRequestsAreAnsweredInOrder() async throws {
    try await withFakes { fakes in
      let connection = try fakes.connect(to: .accounts)
      let one = "x-user-id: 1\r\nx-user-role: USER\r\n\r\n"
      let requests = (1...200).map { "GET /scrapedAccounts/user/\($0 % 20 + 1) HTTP/1.1\r\n\(one)" }.joined()
      try connection.send(requests)
      for index in 1...200 {
        let accounts = try connection.response().json.list ?? []
        #expect(accounts.first?["userId"] == .number(Double(index % 20 + 1)))
      }
      #expect(fakes.stats(of: .accounts).connectionsAccepted == 1)
    }
  }

  @Test func pipelinedRequestsWaitForASlowOne() async throws {
    try await withFault(.slow(.milliseconds(20)), of: .dashboard) { fakes, connection in
      try connection.send("GET /health HTTP/1.1\r\n\r\nGET /nowhere HTTP/1.1\r\n\r\n")
      #expect(try connection.response().status == 200)
      #expect(try connection.response().status == 404)
      #expect(fakes.stats(of: .dashboard).maxInFlight == 1)
    }
  }

  @Test func connectionCloseIsHonoured() async throws {
    try await withFakes { fakes in
      let connection = try fakes.connect(to: .dashboard)
      let response = try connection.exchange("GET", "/health", fields: ["connection": "close"])
      #expect(response.text == "OK" && response.fields["connection"] == "close")
      #expect(connection.rest().end == .closed)
    }
  }

  @Test func http10ClosesUnlessAskedNotTo() async throws {
    try await withFakes { fakes in
      let kept = try fakes.connect(to: .dashboard)
      for _ in 0..<2 {
        try kept.send("GET /health HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
        #expect(try kept.response().fields["connection"] == "keep-alive")
      }
      let closed = try fakes.connect(to: .dashboard)
      try closed.send("GET /health HTTP/1.0\r\n\r\n")
      #expect(try closed.response().text == "OK")
      #expect(closed.rest().end == .closed)
    }
  }

  @Test func headHasTheFieldsOfGetAndNoBody() async throws {
    try await withFakes { fakes in
      let connection = try fakes.connect(to: .dashboard)
      let get = try connection.exchange("GET", "/getDashboardInfo")
      let head = try connection.exchange("HEAD", "/getDashboardInfo")
      #expect(head.fields == get.fields && head.body.isEmpty)
      #expect(try connection.exchange("GET", "/health").text == "OK")
    }
  }

  @Test func bodiesOfOneMegabyteAreReadAndLongerOnesRefused() async throws {
    try await withFakes { fakes in
      func body(_ count: Int) -> String { #"{"userId":4711,"x":""# + String(repeating: "y", count: count - 22) + #""}"# }
      let connection = try fakes.connect(to: .metrics)
      let fits = try connection.exchange("POST", "/dbquery/user", body: body(1 << 20))
      #expect(fits.status == 200)
      #expect(try fits.json["count"] == .number(0))
      #expect(try connection.exchange("POST", "/dbquery/user", body: body((1 << 20) + 1)).status == 413)
      #expect(connection.rest().end == .closed)
    }
  }

  @Test func chunkedRequestBodiesAndExpectationsAreUnderstood() async throws {
    try await withFakes { fakes in
      let connection = try fakes.connect(to: .metrics)
      try connection.send("POST /dbquery/user HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n")
      try connection.send("8\r\n{\"userId\r\n7\r\n\":4711}\r\n0\r\n\r\n")
      #expect(try connection.response().json["count"] == .number(0))
      try connection.send("POST /dbquery/user HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
      #expect(try connection.head().hasPrefix("HTTP/1.1 100 "))
      try connection.send("{}")
      #expect(try connection.response().json["count"] == .number(50))
    }
  }

  @Test func whatIsNotHTTPIsA400() async throws {
    try await withFakes { fakes in
      let connection = try fakes.connect(to: .users)
      try connection.send("\u{01}\u{02} nonsense\r\n\r\n")
      #expect(try connection.response().status == 400)
      #expect(connection.rest().end != .timedOut)
    }
  }

  @Test func stopClosesEverything() async throws {
    try await withFakes { fakes in
      let connection = try fakes.connect(to: .users)
      let control = try RawConnection(port: fakes.controlPort(of: .users))
      #expect(try connection.exchange("GET", "/api/v1/actuator/health").status == 200)
      #expect(try control.exchange("GET", "/_stats").status == 200)
      try await fakes.stop()
      #expect(connection.rest().end == .closed && control.rest().end == .closed)
      #expect(throws: RawConnection.SocketError.self) { try fakes.connect(to: .users) }
      await #expect(throws: (any Error).self) { try await fakes.setFault(.none, of: .users) }
    }
  }

  @Test func portsFollowTheBaseAndATakenPortIsAnError() async throws {
    try await withFakes { other in
      let configuration = UpstreamsConfiguration(portBase: other.port(of: .users) - 1)
      await #expect(throws: (any Error).self) {
        try await withFakes(configuration) { _ in }
      }
      #expect(other.baseURL(of: .users) == "http://127.0.0.1:\(other.port(of: .users))")
      #expect(other.controlURL(of: .users) == "http://127.0.0.1:\(other.controlPort(of: .users))")
    }
  }
}
