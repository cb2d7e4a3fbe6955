import Testing
import Upstreams

/// Nothing that a service sends ends the process, breaks the document or turns a number into something else.
@Suite struct MutationTests {
  static let documents = 5000
  static let connections = 16

  /// A mutated document for the requests whose id names it (`mutant-17-a`), for all else the document as it should be.
  private static func answer(_ request: ScriptedUpstream.Request) -> ScriptedUpstream.Reply {
    let parts = (request["x-request-id"] ?? "").split(separator: "-")
    if parts.count == 3, parts[0] == "mutant", let number = Int(parts[1]) {
      let mutation = Mutation(number: number)
      if mutation.path == request.target { return mutation.reply() }
    }
    return ScriptedUpstream.Reply(body: Mutation.original(at: request.target))
  }

  @Test func fiveThousandMutatedDocumentsAreAnsweredAndNoneEndsTheProcess() async throws {
    try await ScriptedUpstream.with(remembers: false, answer: Self.answer) { server in
      var environment = Dictionary(uniqueKeysWithValues: (1...4).map { ("MICROSERVICE\($0)_URL", server.url) })
      environment["TRIBUTARY_RETRY_BACKOFF"] = "1ms"
      try await withStack(StackSetup(environment: environment, places: Turnstile.all)) { stack in
        let started = ContinuousClock.now
        let complaints = try await atOnce(Array(0..<Self.connections)) { connection in
          let client = try await RawClient.connect(port: stack.gateway.port)
          var complaints: [String] = []
          for number in stride(from: connection, to: Self.documents, by: Self.connections) {
            complaints += try await Self.ask(client, number)
          }
          try await client.close()
          return complaints
        }
        #expect(complaints.joined().isEmpty, "\(complaints.joined().prefix(10))")
        #expect(!stack.gateway.process.hasEnded)
        let took = ContinuousClock.now - started
        #expect(took < .seconds(60))
        #expect(try await stack.get("/").status == 200)
        #expect(try await stack.gateway.process.stop() == .exit(0))
      }
    }
  }

  /// Both documents over one mutant; what is wrong with them.
  private static func ask(_ client: RawClient, _ number: Int) async throws -> [String] {
    var complaints: [String] = []
    for (path, mark) in [(consolidated, "a"), (summary, "b")] {
      let id = "mutant-\(number)-\(mark)"
      let response = try await client.get(path, fields: [("x-request-id", id)])
      if response.status != 200 { complaints.append("\(id): status \(response.status)") }
      do {
        let document = try response.json
        let odd = path == summary ? oddInSummary(document) : oddInConsolidated(document)
        complaints += odd.map { "\(id): \($0)" }
      } catch {
        complaints.append("\(id): \(error)")
      }
    }
    return complaints
  }

  private static let words: Set = ["ok", "no_data", "timeout", "unauthorized", "unavailable", "invalid_response", "overloaded"]

  private static func oddInMetadata(_ metadata: JSON?) -> [String] {
    let words = metadata?["services_status"]?.words ?? [:]
    let isKnown = words.count == 4 && words.values.allSatisfy(Self.words.contains)
    return (isKnown ? [] : ["services_status"])
      + (words.values.filter { $0 == "ok" }.count >= 3 ? [] : ["a second service: \(words)"])
  }

  private static func oddInConsolidated(_ document: JSON) -> [String] {
    var odd = oddInMetadata(document["metadata"])
    if document.keys != ["users", "scraped_accounts", "metrics", "dashboard_data", "metadata"] { odd.append("keys") }
    for key in ["total_users", "total_accounts", "total_posts_analyzed"] where document["metadata"]?[key]?.int == nil {
      odd.append(key)
    }
    for key in ["users", "scraped_accounts", "dashboard_data"] where document[key]?.list == nil { odd.append(key) }
    for key in ["items", "dashboard"] where document["metrics"]?[key]?.list == nil { odd.append("metrics.\(key)") }
    if document["metrics"]?["count"]?.isNumber != true { odd.append("metrics.count") }
    return odd
  }

  /// What the real client reads, and the kind that it must have.
  private static func oddInSummary(_ document: JSON) -> [String] {
    var odd = oddInMetadata(document["metadata"])
    let integers = ["total_users", "total_accounts", "total_views", "total_likes", "total_interactions"]
    for key in integers where document["summary"]?[key]?.int == nil { odd.append(key) }
    if !isFinite(document["summary"]?["average_engagement"]) { odd.append("average_engagement") }
    if !isFinite(document["trends"]?["growth_rate"]) { odd.append("growth_rate") }
    if document["trends"]?["engagement_trend"]?.text == nil { odd.append("engagement_trend") }
    let kinds: [(String, numbers: [String], texts: [String])] = [
      ("top_users", ["accounts_count"], ["email"]),
      ("top_accounts", ["total_views", "total_likes", "total_engagement", "post_count"], ["account"]),
      ("best_engagement", ["engagement", "views", "likes"], ["post_id", "account"]),
    ]
    for (ranking, numbers, texts) in kinds {
      guard let rows = document["rankings"]?[ranking]?.list, rows.count <= 5 else {
        odd.append(ranking)
        continue
      }
      for row in rows {
        for key in numbers where !isFinite(row[key]) { odd.append("\(ranking).\(key) \(String(describing: row[key]))") }
        for key in texts where row[key]?.text == nil { odd.append("\(ranking).\(key) \(String(describing: row[key]))") }
      }
    }
    return odd
  }

  /// A number that a page can show: JavaScript reads one that is too big as Infinity.
  private static func isFinite(_ value: JSON?) -> Bool { value?.double?.isFinite == true }
}
