import Foundation
import Testing
import Upstreams

/// `GET /metrics` of the real binary.
@Suite struct MetricsTests {
  /// Retries of metrics and a missing section of accounts: what clients and services have seen is what is on the page.
  @Test func fiftyRequestsAgainstBrokenServicesAreCountedAsTheServicesCountThem() async throws {
    try await withStack { stack in
      try await stack.setFault(.status(503), of: .metrics)
      try await stack.setFault(.status(500), of: .accounts)
      var statuses: [Int] = []
      for number in 0..<50 { statuses.append(try await stack.get(number % 2 == 0 ? consolidated : summary).status) }
      #expect(statuses.allSatisfy { $0 == 200 })
      let page = try await MetricsPage(of: stack.gateway)
      for name in ServiceName.allCases {
        let label = "upstream=\"\(name.rawValue)\""
        let seen = stack.fakes.stats(of: name).total - stack.fakes.stats(of: name).health
        #expect(page.sum("tributary_upstream_attempts_total", label) == seen, "\(name)")
        #expect(page.sum("tributary_upstream_attempt_outcomes_total", label) == seen, "\(name)")
        #expect(page.sum("tributary_upstream_calls_total", label) == 50, "\(name)")
        #expect(page.sum("tributary_upstream_call_duration_seconds_count", label) == 50, "\(name)")
        #expect(page.sum("tributary_upstream_in_flight", label) == 0, "\(name)")
      }
      #expect(page.sum("tributary_upstream_attempts_total", #"kind="retry""#, #"upstream="metrics""#) > 0)
      #expect(page.sum("tributary_upstream_connections", #"state="idle""#, #"upstream="users""#) >= 1)
      #expect(page.sum("tributary_requests_total", #"outcome="partial""#, #"status="200""#) == 50)
      #expect(page.sum("tributary_requests_total") == 50)
      #expect(page.sum("tributary_request_duration_seconds_count", "route=\"\(consolidated)\"") == 25)
      #expect(page.sum("tributary_partial_answers_total", #"missing="metrics""#) == 50)
      #expect(page.sum("tributary_partial_answers_total", #"missing="scraped_accounts""#) == 50)
      #expect(page.sum("tributary_partial_answers_total") == 100)
      #expect(page.sum("tributary_section_served_total", #"state="fresh""#) == 100)
      #expect(page.sum("tributary_section_served_total", #"state="missing""#) == 100)
      #expect(page.sum("tributary_section_age_seconds_count") == 100)
      #expect(page.sum("tributary_derived_degraded_total", #"value="summary""#, #"quality="degraded""#) == 25)
      #expect(page.sum("tributary_derived_degraded_total", #"value="trends""#, #"quality="unavailable""#) == 25)
    }
  }

  /// What was given counts, whatever was asked of it; what was only explained does not.
  @Test func computedValuesThatRestOnLessAreCountedWhereTheyAreGiven() async throws {
    try await withFile("server:\n  explain: true\n") { file in
      try await withStack(StackSetup(options: ["--config", file])) { stack in
        try await stack.setFault(.status(400), of: .metrics)
        let counted = {
          let page = try await MetricsPage(of: stack.gateway)
          return ["summary", "rankings", "trends"].map { page.sum("tributary_derived_degraded_total", "value=\"\($0)\"") }
        }
        #expect(try await stack.get("\(summary)?explain=1").status == 200)
        #expect(try await stack.get(consolidated).status == 200)
        #expect(try await counted() == [0, 0, 0])
        #expect(try await stack.get("\(summary)?top=9").status == 200)
        #expect(try await counted() == [1, 1, 1])
        // Totals of users do not rest on what is missing.
        #expect(try await stack.get("\(summary)?fields=rankings").status == 200)
        #expect(try await stack.get("\(summary)?fields=summary.total_users").status == 200)
        #expect(try await counted() == [1, 2, 1])
      }
    }
  }

  /// On one connection most of them are answers given again, which no route has seen.
  @Test func hitsAreCountedHoweverTheyAreAnswered() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      let client = try await RawClient.connect(port: stack.gateway.port)
      for _ in 0..<200 { #expect(try await client.get(consolidated).status == 200) }
      for _ in 0..<20 { #expect(try await client.get(summary).status == 200) }
      try await client.close()
      let page = try await MetricsPage(of: stack.gateway)
      #expect(page.sum("tributary_requests_total", #"outcome="complete""#, "route=\"\(consolidated)\"") == 200)
      #expect(page.sum("tributary_requests_total", #"outcome="complete""#, "route=\"\(summary)\"") == 20)
      #expect(page.sum("tributary_request_duration_seconds_count") == 220)
      for (key, service, _) in sections {
        #expect(page.sum("tributary_section_lookups_total", "section=\"\(key)\"") == 220)
        #expect(page.sum("tributary_section_lookups_total", "section=\"\(key)\"", #"level="memory""#) == 219)
        #expect(page.sum("tributary_section_age_seconds_count", "section=\"\(key)\"") == 220)
        #expect(stack.fakes.stats(of: service).total == 1)
      }
      #expect(page.sum("tributary_memory_cache_entries") == 4)
      #expect(page.sum("tributary_section_served_total", #"state="cached""#) == 219 * 4)
    }
  }

  @Test func whatIsGivenPastItsTimeIsCountedAndSoIsItsRefresh() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      #expect(try await stack.get(consolidated).status == 200)
      let url = "http://127.0.0.1:\(try await stack.gateway.adminPort)"
      #expect(try await ChildProcess.run(["purge", "users", "--url", url]).ending == .exit(0))
      #expect(try await stack.get(consolidated).json["metadata"]?["sections"]?["users"]?["state"]?.text == "stale")
      let page = try await MetricsPage(of: stack.gateway)
      #expect(page.sum("tributary_section_served_total", #"section="users""#, #"state="stale""#) == 1)
      #expect(page.sum("tributary_section_refreshes_total", #"section="users""#) == 1)
      #expect(page.sum("tributary_section_refreshes_total") == 1)
      #expect(page.sum("tributary_requests_total", #"outcome="partial""#) == 1)
      #expect(page.sum("tributary_partial_answers_total") == 0, "nothing was missing")
    }
  }

  @Test func whateverClientsSendMakesNoNewSeries() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      let client = try await RawClient.connect(port: stack.gateway.port)
      let send = { (number: Int) in
        _ = try await client.get("/odd/\(number)")
        _ = try await client.exchange("POST", "\(consolidated)/\(number)")
        _ = try await client.get("\(consolidated)?user_id=\(number)", fields: [("x-user-id", "\(number)")])
        _ = try await client.get("\(summary)?user_id=x\(number)")
      }
      try await send(1)
      let before = try await MetricsPage(of: stack.gateway)
      for number in 2...1000 { try await send(number) }
      try await client.close()
      let after = try await MetricsPage(of: stack.gateway)
      #expect(Set(after.samples.keys).subtracting(before.samples.keys) == [])
      #expect(after.sum("tributary_requests_total", #"route="NotFound""#) == 2000)
      #expect(after.sum("tributary_requests_total") == 4000)
      #expect(after.sum("tributary_metrics_refused_total") == 0)
    }
  }

  @Test func promtoolHasNothingToSay() async throws {
    try await withEverything { stack in
      let url = "http://127.0.0.1:\(try await stack.gateway.adminPort)/metrics"
      #expect(try await Tool.run("sh", "-c", "curl -sf \(url) | promtool check metrics && echo clean") == "clean\n")
    }
  }

  @Test func everyMetricSaysWhatItIsAndStandsInTheDocumentation() async throws {
    let documentation = try String(contentsOfFile: Checkout.root + "/docs/metrics.md", encoding: .utf8)
    try await withEverything { stack in
      let page = try await MetricsPage(of: stack.gateway)
      #expect(!page.text.contains("Not described."))
      for name in page.names { #expect(documentation.contains("`\(name)`"), "\(name)") }
      let documented = documentation.matches(of: /`((?:tributary|process)_[a-z_]+)`/).map { String($0.1) }
      #expect(Set(documented).subtracting(page.names) == [])
    }
  }

  @Test func whatLimitsAndOperatorsDoIsCounted() async throws {
    try await withEverything { stack in
      for _ in 0..<5 { _ = try await stack.get(consolidated) }
      _ = try await ChildProcess.run(["purge", "users", "--url", "http://127.0.0.1:\(try await stack.gateway.adminPort)"])
      let page = try await MetricsPage(of: stack.gateway)
      #expect(page.sum("tributary_rate_limit_refusals_total", #"policy="few""#) == 3)
      #expect(page.sum("tributary_requests_total", #"outcome="limited""#, #"status="429""#) == 3)
      #expect(page.sum("tributary_purges_total", #"origin="admin""#) == 1)
      #expect(page.sum("tributary_redis_errors_total", #"error="unavailable""#) > 0)
      #expect(page.sum("tributary_redis_connected_loops") == 0)
    }
  }

  @Test func headHasTheSameFieldsAndTheTypeIsTheFormats() async throws {
    try await withStack { stack in
      let head = try await MetricsPage.response("HEAD", of: stack.gateway)
      #expect(head.status == 200 && head.body.isEmpty)
      #expect(head["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
      #expect(head["cache-control"] == "no-store")
      #expect(try await stack.get("/metrics").status == 404, "not on the public port")
    }
  }

  @Test func aScraperBringsTheTokenOfTheListener() async throws {
    let token = "a-token-of-this-test-alone"
    try await withStack(StackSetup(environment: ["TRIBUTARY_ADMIN_TOKEN": token])) { stack in
      #expect(try await MetricsPage.response("GET", of: stack.gateway).status == 401)
      let answered = try await MetricsPage.response("GET", of: stack.gateway, fields: "authorization: Bearer \(token)\r\n")
      #expect(answered.status == 200)
    }
  }

  @Test func whereNothingIsCountedThereIsNoPage() async throws {
    try await withStack(StackSetup(environment: ["TRIBUTARY_METRICS_ENABLED": "false"])) { stack in
      let (answer, page) = (try await stack.get(consolidated), try await MetricsPage.response("GET", of: stack.gateway))
      #expect(answer.status == 200 && page.status == 404)
    }
  }
}

/// A gateway of which everything is on: a limit of two requests, and a Redis and a collector that nobody answers at.
func withEverything(_ test: @Sendable (Stack) async throws -> Void) async throws {
  try await withFile("rate_limits:\n  few: {limit: 2, per: 24h, routes: [\(consolidated)]}\n") { file in
    let setup = StackSetup(
      options: ["--config", file], caches: true,
      environment: [
        "REDIS_URL": "redis://127.0.0.1:1", "TRIBUTARY_CACHE_KEY_SECRET": "a secret of this test alone, long enough",
        "TRIBUTARY_TRACING_ENDPOINT": "http://127.0.0.1:1",
      ])
    try await withStack(setup) { stack in try await test(stack) }
  }
}
