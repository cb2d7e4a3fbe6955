import Testing

@testable import Aggregation

@Suite struct DifferentialTests {
  @Test(arguments: 0..<10) func theSummaryIsWhatTheContractSays(_ block: Int) throws {
    for number in 0..<60 {
      var documents = RandomDocuments(seed: UInt64(block * 1000 + number))
      let bodies = [documents.users(), documents.accounts(), documents.metrics(), "[]"]
      let real = try JSONTree(summary(page(bodies)))
      let reference = try ReferenceSummary(users: bodies[0], accounts: bodies[1], metrics: bodies[2]).tree
      for part in reference.keys {
        for field in reference[part]?.keys ?? [] {
          #expect(real[part]?[field] == reference[part]?[field], "seed \(block * 1000 + number), \(part).\(field)")
        }
        #expect(real[part]?.keys == reference[part]?.keys)
      }
    }
  }

  @Test(arguments: 0..<5) func theTotalsAreWhatTheContractSays(_ block: Int) throws {
    for number in 0..<20 {
      var documents = RandomDocuments(seed: UInt64(block * 1000 + number))
      let bodies = [documents.users(), documents.accounts(), documents.metrics(), "[]"]
      let real = try JSONTree(consolidated(page(bodies)))
      #expect(real["metadata"]?["total_users"] == .number("\(try JSONTree(bodies[0]).elements.count)"))
      #expect(real["metadata"]?["total_accounts"] == .number("\(try JSONTree(bodies[1]).elements.count)"))
      #expect(real["metadata"]?["total_posts_analyzed"] == (try JSONTree(bodies[2])["count"]))
      #expect(real["metrics"] == (try JSONTree(bodies[2])))
    }
  }

  /// So that the comparison above compares something.
  @Test func theRandomDocumentsShowEveryCase() throws {
    var words: Set<String> = []
    var hasTie = false
    for seed in 0..<200 {
      var documents = RandomDocuments(seed: UInt64(seed))
      let tree = try ReferenceSummary(users: documents.users(), accounts: documents.accounts(), metrics: documents.metrics()).tree
      words.insert(tree["trends"]?["engagement_trend"]?.text ?? "")
      let counts = tree["rankings"]?["top_users"]?.elements.map { $0["accounts_count"]?.int } ?? []
      if Set(counts).count < counts.count { hasTie = true }
    }
    #expect(words == ["insufficient_data", "increasing", "decreasing", "stable"] && hasTie)
  }
}
