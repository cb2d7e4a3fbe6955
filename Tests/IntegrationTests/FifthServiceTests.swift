import NIOCore
import NIOPosix
import Testing
import Upstreams

/// An upstream that is added in YAML alone is a further key of everything.
@Suite struct FifthServiceTests {
  /// A second set of fakes, of which one service is the fifth.
  private func withFifth(_ test: (Stack, FakeUpstreams) async throws -> Void) async throws {
    let other = try await FakeUpstreams.start(UpstreamsConfiguration(), on: MultiThreadedEventLoopGroup.singleton)
    let yaml = """
      upstreams:
        trends:
          url: \(other.baseURL(of: .dashboard))
          label: trends_service
          health_path: /health
      sections:
        hot_topics:
          upstream: trends
          path: /getDashboardInfo
          user_path: /getDashboardInfo
          shape: list
      """
    do {
      try await withFile(yaml) { file in
        try await withStack(StackSetup(deadline: "1s", options: ["--config", file])) { try await test($0, other) }
      }
    } catch {
      try await other.stop()
      throw error
    }
    try await other.stop()
  }

  @Test func itIsAKeyOfTheDocumentOfTheStatusAndOfTheHealth() async throws {
    try await withFifth { stack, other in
      for path in [consolidated, consolidated + "?user_id=2"] {
        let response = try await stack.get(path)
        let document = try response.json
        #expect(document.keys == ["users", "scraped_accounts", "metrics", "dashboard_data", "hot_topics", "metadata"])
        let source = try #require(document.members.first { $0.key == "hot_topics" }?.source)
        let original = try await RawClient.fetch(port: other.port(of: .dashboard), "/getDashboardInfo")
        #expect(Array(response.body[source]) == original.body)
        let metadata = try #require(document["metadata"])
        #expect(metadata["services_status"]?["trends_service"]?.text == "ok")
        #expect(metadata["services_status"]?.keys?.count == 5)
        #expect(metadata["sections"]?["hot_topics"]?["state"]?.text == "fresh")
        #expect(timingNames(response) == ["users", "accounts", "metrics", "dashboard", "trends"])
      }
      let report = try await stack.get(health).json
      #expect(report["trends_service"]?.text == "healthy")
      #expect(report["services"]?["trends"]?["state"]?.text == "healthy")
    }
  }

  @Test func whenItIsBrokenTheFourAreComplete() async throws {
    try await withFifth { stack, other in
      try await other.setFault(.hang, of: .dashboard)
      let response = try await stack.get(consolidated)
      #expect(response.status == 200)
      let document = try response.json
      #expect(document["hot_topics"] == .list([]))
      let words = document["metadata"]?["services_status"]?.words
      #expect(words?["trends_service"] == "timeout")
      #expect(words?.values.filter { $0 == "ok" }.count == 4)
      #expect(document["metadata"]?["complete"]?.boolean == false)
      // The summary rests on the four, and does not wait for the fifth.
      let summed = try await stack.get(summary)
      #expect(try summed.json["metadata"]?["complete"]?.boolean == true)
      #expect(summed.took < .milliseconds(900))
    }
  }
}
