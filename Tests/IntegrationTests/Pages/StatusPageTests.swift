import Glibc
import TestSupport
import Testing
import Upstreams

/// The status page of the admin listener, in a browser and as JSON.
@Suite(.serialized) struct StatusPageTests {
  @Test func theStatusPageShowsAFaultAndItsEnd() async throws {
    try await withDemo(places: 3) { try await checkPage("status-shows", $0.admin, $0.address) }
  }

  @Test func theKeyboardReachesEveryControlOfTheStatusPage() async throws {
    try await withDemo(places: 3) { try await checkPage("status-keyboard", $0.admin) }
  }

  @Test func theStatusPageCanBeReadInLightAndDarkAndOnAPhone() async throws {
    try await withDemo(places: 3) { try await checkPage("status-accessible", $0.admin) }
  }

  @Test func thePageAsksForTheTokenWhereThereIsOne() async throws {
    let token = "a-token-of-this-test"
    try await withStack(StackSetup(environment: ["TRIBUTARY_ADMIN_TOKEN": token], places: 3)) { stack in
      let port = try await stack.gateway.adminPort
      for path in ["/status.json", "/status/events"] { #expect(try await ask(path, port).status == 401, "\(path)") }
      try await checkPage("status-token", "http://127.0.0.1:\(port)", token)
    }
  }

  @Test func theSnapshotSaysWhatWasAskedOfWhom() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      let port = try await stack.gateway.adminPort
      for _ in 0..<3 { #expect(try await stack.get(consolidated).status == 200) }
      let status = try await ask("/status.json", port).json
      #expect(status["ready"]?.boolean == true)
      #expect(status["replicas"] == .null && status["redis"] == .null)
      #expect(status["cache"]?["entries"]?.int == 4)
      let section = try #require(status["sections"]?.list?.first { $0["name"]?.text == "metrics" })
      // The connections are new each time, and so are the requests: all three went the long way, or were given again.
      #expect(section["answers"]?["fetched"]?.int == 1)
      #expect(section["answers"]?["memory"]?.int == 2)
      #expect(section["state"]?.text == "cached")
      #expect(status["services"]?.list?.map { $0["state"]?.text } == Array(repeating: "healthy", count: 4))
      #expect(status["partial"]?.list?.isEmpty == true)
    }
  }

  @Test func aPartialAnswerIsInTheSnapshotWithItsReason() async throws {
    var setup = StackSetup()
    setup.upstreams.faults = [.accounts: .status(400)]
    try await withStack(setup) { stack in
      #expect(try await stack.get(consolidated, fields: [("X-Request-Id", "the-one")]).status == 200)
      let status = try await ask("/status.json", try await stack.gateway.adminPort).json
      let partial = try #require(status["partial"]?.list?.first)
      #expect(partial["request_id"]?.text == "the-one")
      #expect(partial["route"]?.text == consolidated)
      #expect(partial["sections"]?.list?.count == 1)
      #expect(partial["sections"]?.list?.first?["section"]?.text == "scraped_accounts")
      #expect(partial["sections"]?.list?.first?["state"]?.text == "missing")
      #expect(partial["sections"]?.list?.first?["reason"]?.text == "request_rejected")
    }
  }

  @Test func anAnswerGivenAgainIsCountedToo() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      let client = try await RawClient.connect(port: stack.gateway.port)
      let request = Array("GET \(summary) HTTP/1.1\r\nhost: test\r\n\r\n".utf8)
      for _ in 0..<50 { #expect(try await client.send(request).status == 200) }
      try await client.close()
      let status = try await ask("/status.json", try await stack.gateway.adminPort).json
      for section in status["sections"]?.list ?? [] {
        let answers = try #require(section["answers"])
        #expect((answers["memory"]?.int ?? 0) + (answers["fetched"]?.int ?? 0) == 50, "\(section)")
      }
    }
  }

  @Test func aConfigurationThatIsReadAgainIsCounted() async throws {
    try await withStack { stack in
      let port = try await stack.gateway.adminPort
      #expect(try await ask("/status.json", port).json["configuration"]?["reloads"]?.int == 0)
      stack.gateway.process.send(signal: SIGHUP)
      try await within(.seconds(30), "another configuration") {
        while try await ask("/status.json", port).json["configuration"]?["reloads"]?.int != 1 { try Task.checkCancellation() }
      }
      #expect(try await ask("/status.json", port).json["configuration"]?["refused_at"] == .null)
    }
  }

  @Test func replicasThatShareARedisSeeEachOther() async throws {
    try await withRedis { redis in
      try await withFleet(of: 3, on: redis.url) { fleet in
        for replica in fleet.replicas {
          let port = try await replica.adminPort
          try await within(.seconds(30), "three replicas") {
            while try await ask("/status.json", port).json["replicas"]?.int != 3 { try Task.checkCancellation() }
          }
          #expect(try await ask("/status.json", port).json["redis"] != .null)
        }
      }
    }
  }

  @Test func whoLooksDoesNotKeepTheProcessFromEnding() async throws {
    try await withDemo { demo in
      let viewer = try ServerProcess(["curl", "-sN", "\(demo.admin)/status/events"])
      #expect(await viewer.hasSaid("\"uptime_s\""))
      #expect(try await demo.process.stop() == .exit(0))
      await viewer.ended()
      #expect(viewer.output.hasPrefix("data: {"))
      #expect(viewer.output.contains("event: end"))
    }
  }

  /// By the address that it has; `RawClient` calls every server `test`, which is no name here.
  private func ask(_ path: String, _ port: Int) async throws -> RawResponse {
    let client = try await RawClient.connect(port: port)
    do {
      let response = try await client.send(Array("GET \(path) HTTP/1.1\r\nhost: 127.0.0.1:\(port)\r\n\r\n".utf8))
      try await client.close()
      return response
    } catch {
      try await client.close()
      throw error
    }
  }
}
