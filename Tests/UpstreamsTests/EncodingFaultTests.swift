import Testing
import TestSupport
import Upstreams

/// Faults of framing, of size and of connections.
struct EncodingFaultTests {
  @Test(arguments: [0, 1, 100_000, 8_000_000])
  func hugeIsAValidListOfAtLeastThatSize(bytes: Int) async throws {
    try await withFault(.huge(bytes: bytes), of: .accounts) { _, connection in
      let response = try connection.exchange("GET", "/scrapedAccounts", fields: admin)
      #expect(response.body.count >= bytes && response.body.count < bytes + 70_000)
      #expect(try response.json.list?.count == 26)
      #expect(try connection.exchange("HEAD", "/scrapedAccounts").fields["content-length"] != nil)
    }
  }

  @Test func hugeObjectsKeepWhatTheyAre() async throws {
    let faults: [ServiceName: Fault] = [.metrics: .huge(bytes: 200_000), .dashboard: .huge(bytes: 200_000)]
    let size = DataSize(rows: 0)
    try await withFakes(UpstreamsConfiguration(size: size, faults: faults)) { fakes in
      let metrics = try fakes.fetch(.metrics, "POST", "/dbquery/user", body: "{}")
      #expect(metrics.body.count >= 200_000)
      #expect(try metrics.json.object?.keys.sorted() == ["count", "dashboard", "items", "padding"])
      #expect(try fakes.fetch(.dashboard, "GET", "/getDashboardInfo").json.list?.count == 1)
      #expect(try fakes.fetch(.dashboard, "GET", "/health").json.object?.keys.sorted() == ["padding"])
    }
  }

  @Test func hugeAnswersFollowOneAnotherOnAPipelinedConnection() async throws {
    try await withFault(.huge(bytes: 150_000), of: .dashboard) { _, connection in
      try connection.send(String(repeating: "GET /getDashboardInfo HTTP/1.1\r\n\r\n", count: 5))
      for _ in 0..<5 { #expect(try connection.response().body.count >= 150_000) }
    }
  }

  @Test func chunkedIsTheSameAnswer() async throws {
    try await withFakes { fakes in
      let plain = try fakes.fetch(.metrics, "POST", "/dbquery/user", body: "{}")
      try await fakes.setFault(.chunked, of: .metrics)
      let connection = try fakes.connect(to: .metrics)
      for _ in 0..<2 {
        let chunked = try connection.exchange("POST", "/dbquery/user", body: "{}")
        #expect(chunked.fields["transfer-encoding"] == "chunked" && chunked.fields["content-length"] == nil)
        #expect(chunked.body == plain.body)
      }
    }
  }

  @Test func aBadChunkFollowsAGoodOneAndEndsTheConnection() async throws {
    try await withFault(.badChunk, of: .dashboard) { _, connection in
      try connection.request("GET", "/getDashboardInfo")
      #expect(try connection.response(toHead: true).fields["transfer-encoding"] == "chunked")
      let (bytes, end) = connection.rest()
      #expect(String(decoding: bytes, as: UTF8.self).hasSuffix("\r\nzz\r\n") && bytes.count > 500 && end == .closed)
    }
  }

  @Test func secondResponseComesUnasked() async throws {
    try await withFault(.secondResponse, of: .accounts) { fakes, connection in
      let first = try connection.exchange("GET", "/")
      let second = try connection.response()
      #expect(first.text == second.text && second.status == 200)
      #expect(fakes.stats(of: .accounts).total == 1)
    }
  }

  @Test func flakyFailsForItsShareAndTheSameOnesWithTheSameSeed() async throws {
    func statuses() async throws -> [Int] {
      var statuses: [Int] = []
      try await withFault(.flaky(percent: 30), of: .dashboard) { _, connection in
        statuses = try (0..<300).map { _ in try connection.exchange("GET", "/health").status }
      }
      return statuses
    }
    let first = try await statuses()
    let failed = first.count { $0 == 503 }
    #expect((60...120).contains(failed) && first.count { $0 == 200 } == 300 - failed)
    #expect(try await statuses() == first)
  }

  @Test func closeAfterEndsAConnectionWithoutAWord() async throws {
    try await withFault(.closeAfter(responses: 2), of: .dashboard) { _, connection in
      for _ in 0..<2 {
        let response = try connection.exchange("GET", "/health")
        #expect(response.text == "OK" && response.fields["connection"] == nil)
      }
      #expect(connection.rest().end == .closed)
    }
  }

  @Test func retryAfterIsA503ThatSaysWhen() async throws {
    try await withFault(.retryAfter(seconds: 2), of: .metrics) { _, connection in
      let response = try connection.exchange("POST", "/dbquery/user", body: "{}")
      #expect(response.status == 503 && response.fields["retry-after"] == "2")
    }
  }

  @Test(arguments: ["nonsense", "", "status:9"])
  func aBadFaultIsA400AndChangesNothing(text: String) async throws {
    try await withFault(.slow(.milliseconds(1)), of: .users) { _, connection in
      let response = try connection.exchange("PUT", "/_fault", body: text)
      #expect(response.status == 400 && response.text.contains("allowed: none, refuse"))
      #expect(try connection.exchange("GET", "/_fault").text == "slow:1ms")
    }
  }

  @Test func faultsDoNotBreakWhatSetsThem() async throws {
    try await withFault(.hang, of: .users) { fakes, connection in
      #expect(try connection.exchange("GET", "/_stats").status == 200)
      #expect(try connection.exchange("PUT", "/_fault", body: "status:500").text == "status:500")
      #expect(fakes.fault(of: .users) == .status(500))
      #expect(try connection.exchange("GET", "/api/v1/actuator/health").status == 500)
      #expect(try connection.exchange("POST", "/_fault").status == 405)
      let control = try RawConnection(port: fakes.controlPort(of: .users))
      #expect(try control.exchange("GET", "/api/v1/actuator/health").status == 404)
    }
  }
}
