import NIOCore
import Testing
import Upstreams

/// Filters that the metrics service is told of (docs/selection.md).
@Suite struct FiltersTests {
  private static func items(_ document: JSON) -> [JSON] { document["metrics"]?["items"]?.list ?? [] }

  @Test func theServiceLeavesOutWhatIsNotWanted() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      let whole = Self.items(try await stack.get(consolidated).json)
      func expect(_ query: String, _ keeps: (JSON) -> Bool) async throws {
        let document = try await stack.get("\(consolidated)?\(query)").json
        let wanted = whole.filter(keeps)
        #expect(!wanted.isEmpty && wanted.count < whole.count, "\(query)")
        #expect(Self.items(document) == wanted && document["metrics"]?["count"]?.int == wanted.count, "\(query)")
        #expect(
          document["users"]?.list?.count == (query.contains("user_id") ? 1 : 20)
            && document["metadata"]?["complete"]?.boolean == true)
      }
      let date = { (item: JSON) in item["datePosted"]?.text ?? "" }
      try await expect("date_from=2025-06-01") { date($0) >= "2025-06-01" && date($0) != "N/A" }
      try await expect("date_to=2025-06-01") { date($0) <= "2025-06-01" }
      try await expect("min_engagement=0.05") { $0["engagement"]?.double ?? 0 >= 0.05 }
      try await expect("min_views=500000&max_views=1500000") { (500_000...1_500_000).contains($0["views"]?.int ?? 0) }
      try await expect("user_id=2&min_likes=40000") { $0["userId"]?.int == 2 && $0["likes"]?.int ?? 0 >= 40_000 }
    }
  }

  @Test func equalFiltersAreOneCallAndOthersAreNot() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      let calls = { stack.fakes.stats(of: .metrics).routes["POST /dbquery/user"] ?? 0 }
      for query in ["min_engagement=0.5", "min_engagement=0.50", "min_engagement=00.5", "min_engagement=%30.5&x=1"] {
        #expect(try await stack.get("\(consolidated)?\(query)").status == 200)
        #expect(calls() == 1, "\(query)")
      }
      let filtered = try await stack.get("\(summary)?min_engagement=0.5").json
      #expect(calls() == 1 && filtered["metadata"]?["complete"]?.boolean == true)
      let whole = try await stack.get(summary).json
      #expect(calls() == 2 && whole["summary"]?["total_views"] != filtered["summary"]?["total_views"])
      _ = try await stack.get("\(consolidated)?min_engagement=0.6")
      #expect(calls() == 3 && stack.fakes.stats(of: .users).total == 1)
    }
  }
}
