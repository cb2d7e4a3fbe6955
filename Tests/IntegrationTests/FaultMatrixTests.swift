import Testing
import Upstreams

/// What one fault makes of the service's word, of its section and of `Proxy-Status`.
struct Consequence: Sendable, CustomStringConvertible {
  let fault: String
  let word: String
  /// nil: the section is not missing.
  var reason: String?
  /// What the service's member of `Proxy-Status` must contain.
  var proxy: [String] = []
  /// The service's section is the filler although it is fresh.
  var isEmpty = false
  /// Data calls that the fault leads to, where that is certain.
  var calls: ClosedRange<Int>?

  var description: String { fault }
}

/// Contract §2: each fault in turn on each service; the others must not notice.
@Suite struct FaultMatrixTests {
  static let broken: [Consequence] = [
    Consequence(
      fault: "refuse", word: "unavailable", reason: "connection_refused", proxy: ["error=connection_refused"], calls: 0...0),
    Consequence(fault: "hang", word: "timeout", reason: "timeout", proxy: ["error=http_response_timeout"]),
    Consequence(fault: "hang-after-headers", word: "timeout", reason: "timeout", proxy: ["error=http_response_timeout"]),
    Consequence(fault: "slow:8s", word: "timeout", reason: "timeout", proxy: ["error=http_response_timeout"]),
    Consequence(fault: "drip", word: "timeout", reason: "timeout", proxy: ["error=http_response_timeout"]),
    Consequence(fault: "status:500", word: "unavailable", reason: "server_error", proxy: ["received-status=500"], calls: 1...1),
    Consequence(fault: "status:503", word: "unavailable", reason: "server_error", proxy: ["received-status=503"], calls: 1...3),
    Consequence(fault: "status:401", word: "unauthorized", reason: "unauthorized", proxy: ["received-status=401"], calls: 1...1),
    Consequence(fault: "status:403", word: "unauthorized", reason: "unauthorized", proxy: ["received-status=403"], calls: 1...1),
    Consequence(
      fault: "status:429", word: "overloaded", reason: "too_many_requests", proxy: ["received-status=429"], calls: 1...1),
    Consequence(
      fault: "status:404", word: "invalid_response", reason: "request_rejected", proxy: ["received-status=404"], calls: 1...1),
    Consequence(
      fault: "status:302", word: "invalid_response", reason: "redirected", proxy: ["received-status=302"], calls: 1...1),
    Consequence(fault: "garbage", word: "invalid_response", reason: "not_json", calls: 1...1),
    Consequence(fault: "wrong-shape", word: "invalid_response", reason: "wrong_shape", calls: 1...1),
    Consequence(
      fault: "huge:17000000", word: "invalid_response", reason: "body_too_large", proxy: ["error=http_response_body_size"],
      calls: 1...1),
    Consequence(
      fault: "truncated", word: "unavailable", reason: "incomplete_response", proxy: ["error=http_response_incomplete"]),
    Consequence(fault: "reset", word: "unavailable", reason: "connection_reset", proxy: ["error=connection_terminated"]),
    Consequence(fault: "bad-chunk", word: "invalid_response", reason: "malformed_response", proxy: ["error=http_protocol_error"]),
  ]
  /// Remembered after the fault is gone, so that each wants a gateway of its own.
  static let asksToWait = Consequence(
    fault: "retry-after:5", word: "unavailable", reason: "server_error", proxy: ["received-status=503"], calls: 1...1)

  static let harmless: [Consequence] = [
    Consequence(fault: "empty", word: "no_data", isEmpty: true, calls: 1...1),
    Consequence(fault: "status:204", word: "no_data", isEmpty: true, calls: 1...1),
    Consequence(fault: "chunked", word: "ok", calls: 1...1), Consequence(fault: "slow:300ms", word: "ok", calls: 1...1),
    Consequence(fault: "second-response", word: "ok", calls: 1...1),
    Consequence(fault: "close-after:1", word: "ok", calls: 1...1),
  ]

  @Test(arguments: broken + harmless)
  func aFaultTouchesItsOwnSectionOnly(consequence: Consequence) async throws {
    try await withStack(StackSetup(deadline: "1500ms")) { stack in
      let whole = try await stack.get(consolidated)
      for (key, service, _) in sections {
        try await expect(consequence, of: service, key, in: stack, otherwiseLike: whole)
      }
      #expect(!stack.gateway.process.hasEnded)
    }
  }

  @Test(arguments: sections.map(\.service))
  func aServiceThatAsksToWaitIsAskedNothingByAnybody(service: ServiceName) async throws {
    try await withStack(StackSetup(deadline: "1500ms")) { stack in
      let whole = try await stack.get(consolidated)
      let key = try #require(sections.first { $0.service == service }?.key)
      try await expect(Self.asksToWait, of: service, key, in: stack, otherwiseLike: whole)
      stack.fakes.resetStats(of: service)
      let next = try await stack.get(consolidated)
      #expect(stack.fakes.stats(of: service).total == 0, "it would answer by now, but has asked for five seconds")
      #expect(try next.json["metadata"]?["sections"]?[key]?["reason"]?.text == "retry_after")
      #expect(try next.json["metadata"]?["services_status"]?[label(of: service)]?.text == "unavailable")
    }
  }

  private func expect(
    _ consequence: Consequence, of service: ServiceName, _ key: String, in stack: Stack, otherwiseLike whole: RawResponse
  ) async throws {
    try await stack.setFault(try Fault(consequence.fault), of: service)
    stack.fakes.resetStats(of: service)
    let response = try await stack.get(consolidated)
    let calls = stack.fakes.stats(of: service).total
    if let expected = consequence.calls { #expect(expected.contains(calls), "\(consequence) on \(service): \(calls) calls") }
    try await stack.setFault(.none, of: service)
    #expect(response.status == 200, "\(consequence) on \(service)")
    #expect(response.took < .milliseconds(2500), "\(consequence) on \(service)")
    try expectMetadata(response, consequence, key, service)
    try expectSections(response, like: whole, consequence, broken: key)
  }

  private func expectMetadata(
    _ response: RawResponse, _ consequence: Consequence, _ key: String, _ service: ServiceName
  ) throws {
    let metadata = try #require(try response.json["metadata"])
    let words = metadata["services_status"]?.words
    #expect(words?[label(of: service)] == consequence.word, "\(consequence) on \(service)")
    #expect(words?.filter { $0.value != "ok" }.count == (consequence.word == "ok" ? 0 : 1), "\(consequence) on \(service)")
    let isMissing = consequence.reason != nil
    let section = metadata["sections"]?[key]
    #expect(section?["state"]?.text == (isMissing ? "missing" : "fresh"), "\(consequence) on \(service)")
    #expect(section?["reason"]?.text == consequence.reason, "\(consequence) on \(service)")
    #expect((section?["fetched_at"] == .null) == isMissing, "\(consequence) on \(service)")
    #expect(metadata["complete"]?.boolean == !isMissing, "\(consequence) on \(service)")
    expectTimestamp(metadata["timestamp"], "timestamp")
    #expect((response["cache-control"] == "no-store") == isMissing, "\(consequence) on \(service)")
    #expect(timingNames(response) == ["users", "accounts", "metrics", "dashboard"], "\(consequence) on \(service)")
    let proxy = proxyStatus(response)
    #expect(proxy.keys.sorted() == (isMissing ? [service.rawValue] : []), "\(consequence) on \(service)")
    for part in consequence.proxy { #expect(proxy[service.rawValue]?.contains(part) == true, "\(consequence): \(proxy)") }
  }

  private func expectSections(
    _ response: RawResponse, like whole: RawResponse, _ consequence: Consequence, broken: String
  ) throws {
    let before = try whole.json.members
    for member in try response.json.members where member.key != "metadata" {
      let filler = sections.first { $0.key == member.key }?.filler ?? ""
      let isFiller = member.key == broken && (consequence.reason != nil || consequence.isEmpty)
      let source = before.first { $0.key == member.key }?.source ?? 0..<0
      let expected = isFiller ? Array(filler.utf8) : Array(whole.body[source])
      #expect(Array(response.body[member.source]) == expected, "\(consequence): \(member.key)")
    }
  }
}
