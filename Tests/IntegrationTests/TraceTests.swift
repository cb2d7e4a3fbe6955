import Testing
import Upstreams

/// The whole process with a collector, and what operators are told of its requests.
@Suite struct TraceTests {
  private static let id = "4bf92f3577b34da6a3ce929d0e0e4736"
  private static let sampled = [("traceparent", "00-\(id)-00f067aa0ba902b7-01")]

  private static func setup(_ collector: ScriptedUpstream) -> StackSetup {
    StackSetup(environment: [
      "TRIBUTARY_TRACING_ENDPOINT": collector.url, "TRIBUTARY_TRACING_INTERVAL": "10ms", "TRIBUTARY_TRACING_SAMPLE_RATIO": "0",
    ])
  }

  private static func contains(_ text: String, _ request: ScriptedUpstream.Request) -> Bool {
    String(decoding: request.body, as: UTF8.self).contains(text)
  }

  @Test func spansComeToTheCollector() async throws {
    try await ScriptedUpstream.with(answer: { _ in ScriptedUpstream.Reply(body: []) }) { collector in
      try await withStack(Self.setup(collector)) { stack in
        #expect(try await stack.get(consolidated).status == 200)
        #expect(try await stack.get(consolidated, fields: Self.sampled).status == 200)
        let requests = try await collector.requests.first { !$0.isEmpty }
        let request = try #require(requests.first)
        #expect(request.method == "POST" && request.target == "/v1/traces")
        #expect(request["content-type"] == "application/x-protobuf")
        for name in ["GET \(consolidated)", "section users", "upstream metrics", "service.instance.id"] {
          #expect(Self.contains(name, request))
        }
      }
      // At the end nothing more has come: the other request was not to be recorded.
      #expect(collector.requests.value.count == 1)
    }
  }

  /// Their place in the tree is held by `scripts/check-traces.py`, which reads them with somebody else's decoder.
  @Test func aLookAtTheCacheIsASpanToo() async throws {
    try await ScriptedUpstream.with(answer: { _ in ScriptedUpstream.Reply(body: []) }) { collector in
      var setup = Self.setup(collector)
      setup.caches = true
      try await withStack(setup) { stack in
        #expect(try await stack.get(consolidated, fields: Self.sampled).status == 200)
        let request = try #require(try await collector.requests.first { !$0.isEmpty }.first)
        for name in ["cache memory", "tributary.cache.level", "tributary.cache.result", "miss"] {
          #expect(Self.contains(name, request), "\(name)")
        }
        for name in ["cache redis", "memory_lookup"] { #expect(!Self.contains(name, request), "\(name)") }
      }
    }
  }

  @Test func aPartialAnswerIsRecordedAlthoughItWasNotSampled() async throws {
    try await ScriptedUpstream.with(answer: { _ in ScriptedUpstream.Reply(body: []) }) { collector in
      try await withStack(Self.setup(collector)) { stack in
        try await stack.setFault(.garbage, of: .metrics)
        #expect(try await stack.get(consolidated).status == 200)
        let request = try #require(try await collector.requests.first { !$0.isEmpty }.first)
        for name in ["GET \(consolidated)", "section metrics", "attempt", "not_json", "partial"] {
          #expect(Self.contains(name, request))
        }
      }
    }
  }

  @Test func aCollectorThatIsAwayIsNoticedByNobody() async throws {
    let setup = StackSetup(environment: [
      "TRIBUTARY_TRACING_ENDPOINT": "http://127.0.0.1:1", "TRIBUTARY_TRACING_SAMPLE_RATIO": "1",
    ])
    try await withStack(setup) { stack in
      for _ in 0..<20 {
        let response = try await stack.get(summary)
        #expect(response.status == 200)
      }
      let end = try await stack.gateway.process.stop()
      #expect(end == .exit(0))
    }
  }

  @Test func operatorsAreToldOfRequestsThatAreOver() async throws {
    try await withStack { stack in
      _ = try await stack.get(consolidated + "?user_id=3", fields: [("x-request-id", "whole")] + Self.sampled)
      try await stack.setFault(.garbage, of: .metrics)
      _ = try await stack.get(summary, fields: [("x-request-id", "broken")])
      let port = try await stack.gateway.adminPort
      let last = try await RawClient.fetchAdmin(port: port, "/admin/requests")
      let requests = try #require(try JSON(parsing: last.body)["requests"]?.list)
      #expect(requests.map { $0["request_id"]?.text } == ["broken", "whole"])
      #expect(requests.last?["trace_id"]?.text == Self.id)
      #expect(requests.last?["parameters"]?.list?.compactMap(\.text) == ["user_id"])
      #expect(requests.last?["timeline"]?.list?.isEmpty == false)
      let degraded = try await RawClient.fetchAdmin(port: port, "/admin/requests?kind=degraded")
      let broken = try #require(try JSON(parsing: degraded.body)["requests"]?.list)
      #expect(broken.map { $0["request_id"]?.text } == ["broken"])
      #expect(broken.first?["sections"]?["metrics"]?["reason"]?.text == "not_json")
      #expect(try await RawClient.fetchAdmin(port: port, "/admin/requests?kind=all").status == 400)
    }
  }
}
