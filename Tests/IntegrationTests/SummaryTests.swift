import Testing
import Upstreams

/// Contract §3: the summary, against a naive computation over the services' own answers.
@Suite struct SummaryTests {
  @Test(arguments: [
    DataSize(), DataSize(users: 7, accounts: 100, posts: 400, rows: 3, seed: 2),
    DataSize(users: 1, accounts: 1, posts: 1, seed: 3),
    DataSize(users: 5, accounts: 5, posts: 0, seed: 4), DataSize(users: 3, accounts: 0, posts: 18, seed: 5),
  ])
  func everyNumberIsWhatTheDefinitionsSay(size: DataSize) async throws {
    try await withStack(StackSetup(upstreams: UpstreamsConfiguration(size: size))) { stack in
      for user in [nil, 1] {
        let document = try await stack.get(summary + (user.map { "?user_id=\($0)" } ?? "")).json
        #expect(document.keys == ["summary", "rankings", "trends", "timestamp", "metadata"])
        let users = try await stack.original(of: .users, user: user).json
        let naive = NaiveSummary(
          users: user == nil ? users : .list([users]), accounts: try await stack.original(of: .accounts, user: user).json,
          metrics: try await stack.original(of: .metrics, user: user).json)
        try expectSums(document, naive)
        try expectRankings(document, naive)
        #expect(document["trends"]?["engagement_trend"]?.text == naive.trend.word)
        #expect(isClose(document["trends"]?["growth_rate"], naive.trend.growth))
        expectTimestamp(document["timestamp"], "timestamp")
      }
    }
  }

  private func isClose(_ value: JSON?, _ expected: Double) -> Bool {
    guard let double = value?.double else { return false }
    return abs(double - expected) <= 1e-9 * max(1, abs(expected))
  }

  private func expectSums(_ document: JSON, _ naive: NaiveSummary) throws {
    let sums = try #require(document["summary"])
    #expect(
      sums.keys == ["total_users", "total_accounts", "average_engagement", "total_views", "total_likes", "total_interactions"])
    #expect(sums["total_users"]?.int == naive.users.count)
    #expect(sums["total_accounts"]?.int == naive.accounts.count)
    #expect(isClose(sums["average_engagement"], naive.averageEngagement))
    #expect(sums["total_views"]?.int == naive.sum("views"))
    #expect(sums["total_likes"]?.int == naive.sum("likes"))
    #expect(sums["total_interactions"]?.int == naive.sum("totalInteractions"))
  }

  private func expectRankings(_ document: JSON, _ naive: NaiveSummary) throws {
    let rankings = try #require(document["rankings"])
    #expect(rankings.keys == ["top_users", "top_accounts", "best_engagement"])
    let users = try #require(rankings["top_users"]?.list)
    #expect(users.map { $0["user_id"]?.int.map(String.init) ?? "?" } == naive.topUsers.map(\.id))
    #expect(users.map { $0["accounts_count"]?.int } == naive.topUsers.map(\.accounts))
    #expect(users.map { $0["email"]?.text } == naive.topUsers.map(\.email))
    let accounts = try #require(rankings["top_accounts"]?.list)
    #expect(accounts.map { $0["account"]?.text } == naive.topAccounts.map(\.account))
    #expect(accounts.map { $0["total_views"]?.int } == naive.topAccounts.map { naive.sum("views", of: $0.items) })
    #expect(accounts.map { $0["total_likes"]?.int } == naive.topAccounts.map { naive.sum("likes", of: $0.items) })
    #expect(accounts.map { $0["post_count"]?.int } == naive.topAccounts.map(\.items.count))
    for (account, expected) in zip(accounts, naive.topAccounts) {
      #expect(isClose(account["total_engagement"], naive.engagement(of: expected.items)))
    }
    let best = try #require(rankings["best_engagement"]?.list)
    #expect(best.map { $0["post_id"]?.text } == naive.bestItems.map { $0["postId"]?.text })
    #expect(best.map { $0["account"]?.text } == naive.bestItems.map { $0["usernameTiktokAccount"]?.text })
    #expect(best.map { $0["engagement"]?.double } == naive.bestItems.map { $0["engagement"]?.double })
    #expect(best.map { $0["views"]?.int } == naive.bestItems.map { $0["views"]?.int })
    #expect(best.map { $0["likes"]?.int } == naive.bestItems.map { $0["likes"]?.int })
  }

  @Test func metadataIsThatOfTheConsolidatedDocumentWithoutTheTotalsAndWithWhatEachPartRestsOn() async throws {
    try await withStack { stack in
      let metadata = try #require(try await stack.get(summary).json["metadata"])
      #expect(Set(metadata.keys ?? []) == ["timestamp", "services_status", "complete", "sections", "derived"])
      #expect(metadata["derived"]?.keys == ["summary", "rankings", "trends"])
      for part in metadata["derived"]?.members ?? [] {
        #expect(part.value.keys == ["quality", "based_on", "as_of"])
        #expect(part.value["quality"]?.text == "complete", "\(part.key)")
        expectTimestamp(part.value["as_of"], part.key)
        let fetched = part.value["based_on"]?.list?.compactMap { metadata["sections"]?[$0.text ?? ""]?["fetched_at"]?.text }
        #expect(part.value["as_of"]?.text == fetched?.min(), "the oldest of \(part.key)")
      }
      #expect(metadata["derived"]?["trends"]?["based_on"] == .list([.text("metrics")]))
    }
  }

  @Test func derivedValuesSayWhatTheyLack() async throws {
    try await withStack { stack in
      try await stack.setFault(.status(500), of: .metrics)
      let document = try await stack.get(summary).json
      let derived = try #require(document["metadata"]?["derived"])
      #expect(derived["summary"]?["quality"]?.text == "degraded")
      #expect(derived["rankings"]?["quality"]?.text == "degraded")
      #expect(derived["trends"]?["quality"]?.text == "unavailable")
      #expect(derived["trends"]?["based_on"] == .list([]))
      #expect(derived["trends"]?["as_of"] == .null)
      #expect(derived["rankings"]?["based_on"]?.list?.contains(.text("metrics")) == false)
      #expect(document["trends"]?["engagement_trend"]?.text == "insufficient_data")
      #expect(document["trends"]?["growth_rate"]?.double == 0)
      #expect(document["summary"]?["total_views"]?.int == 0)
      #expect(document["summary"]?["average_engagement"]?.double == 0)
      #expect(document["summary"]?["total_users"]?.int == 20)
      #expect(document["rankings"]?["best_engagement"] == .list([]))
      #expect(document["rankings"]?["top_users"]?.list?.count == 5)
    }
  }

  @Test func withoutUsersTheEMailIsNotAvailable() async throws {
    try await withStack { stack in
      try await stack.setFault(.refuse, of: .users)
      let document = try await stack.get(summary).json
      let users = try #require(document["rankings"]?["top_users"]?.list)
      #expect(users.count == 5)
      #expect(users.allSatisfy { $0["email"]?.text == "N/A" })
      #expect(document["metadata"]?["derived"]?["rankings"]?["quality"]?.text == "degraded")
      #expect(document["metadata"]?["derived"]?["trends"]?["quality"]?.text == "complete")
    }
  }
}
