import Clients
import RawJSON
import Testing

@testable import Aggregation

/// Reliability: whatever an upstream sends, the process goes on, and a client gets JSON with numbers where numbers belong.
@Suite struct MutationTests {
  private static let wanted = 5_000
  private static let blocks = 10

  @Test func eachNumberReplacedInTurn() throws {
    let judge = Judge()
    for source in UpstreamBodies.all {
      for body in Mutator.eachNumberReplaced(in: source.body) { try judge.examine(body, of: source) }
    }
    #expect(judge.examined == 424 && judge.refused < judge.examined / 4)
  }

  @Test(arguments: 0..<blocks) func whateverAnUpstreamSends(_ block: Int) throws {
    let judge = Judge()
    var mutator = Mutator(seed: UInt64(block))
    for number in 0..<(Self.wanted / Self.blocks) {
      let source = UpstreamBodies.all[number % UpstreamBodies.all.count]
      try judge.examine(mutator.spoiled(source.body), of: source)
    }
    // Both ways must have been walked often.
    #expect(judge.refused > judge.examined / 10 && judge.refused < judge.examined * 9 / 10)
  }

  @Test func truncatedAnywhere() throws {
    let judge = Judge()
    for source in UpstreamBodies.all {
      for end in 0..<source.body.count { try judge.examine(Array(source.body[..<end]), of: source) }
    }
    #expect(judge.refused == judge.examined)
  }

  @Test func listsEmptyHugeAndDeep() throws {
    let judge = Judge()
    let rows =
      #"{"id":1,"userId":1,"views":9223372036854775807,"engagement":1e308,"postId":"1","datePosted":"2025-01-01"},"#
    let lists = [
      "[]", "[" + String(repeating: rows, count: 20_000) + "{}]", String(repeating: "[", count: 100_000),
      String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000),
      "[" + String(repeating: "{},", count: 150_000) + "{}]",
    ]
    for source in UpstreamBodies.all where !source.oneUser {
      for list in lists {
        let body = source.section == "metrics" ? #"{"items":\#(list),"count":1e300,"dashboard":\#(list)}"# : list
        try judge.examine(Array(body.utf8), of: source)
      }
    }
    #expect(judge.examined == 20 && judge.refused == 8)
  }
}

/// Puts bodies into documents and looks at what a client would get.
private final class Judge {
  private let scanner = JSONScanner()
  private let whole: [SectionOutcome]
  private(set) var examined = 0
  private(set) var refused = 0

  init() {
    whole = sectionNames.map { name in
      let body = UpstreamBodies.all.first { $0.section == name }?.body ?? []
      do throws(CallFailure) {
        return outcome(definition(name), .fresh(try read(name, body)))
      } catch {
        return missing(name, error.reason)
      }
    }
  }

  func examine(_ body: [UInt8], of source: (section: String, oneUser: Bool, body: [UInt8])) throws {
    let definition = definition(source.section)
    let shape = source.oneUser ? definition.oneUser.shape : definition.everything.shape
    let result: SectionOutcome.Result
    do throws(CallFailure) {
      result = .fresh(try read(source.section, body, as: shape, at: 1000))
    } catch {
      result = .missing(error)
      refused += 1
    }
    examined += 1
    let outcomes = whole.map {
      $0.place.section == source.section ? outcome(definition, result, oneUser: source.oneUser) : $0
    }
    try checkConsolidated(consolidated(outcomes), body)
    try checkSummary(summary(outcomes), body)
  }

  private func checkConsolidated(_ document: [UInt8], _ body: [UInt8]) throws {
    let metadata = try JSONTree(try #require(member("metadata", of: document), "no JSON from \(head(body))"))
    for name in ["total_users", "total_accounts", "total_posts_analyzed"] {
      #expect(metadata[name]?.int != nil, "\(name) from \(head(body))")
    }
  }

  private func checkSummary(_ document: [UInt8], _ body: [UInt8]) throws {
    _ = try #require(member("summary", of: document), "no JSON from \(head(body))")
    let tree = try JSONTree(document)
    let summary = tree["summary"]
    let rankings = tree["rankings"]
    var numbers = ["total_users", "total_accounts", "average_engagement", "total_views", "total_likes", "total_interactions"].map
    {
      summary?[$0]
    }
    numbers += [tree["trends"]?["growth_rate"]]
    numbers += rankings?["top_users"]?.elements.map { $0["accounts_count"] } ?? [nil]
    numbers +=
      rankings?["top_accounts"]?.elements.flatMap { row in
        ["total_views", "total_likes", "total_engagement", "post_count"].map { row[$0] }
      } ?? [nil]
    numbers +=
      rankings?["best_engagement"]?.elements.flatMap { row in ["engagement", "views", "likes"].map { row[$0] } } ?? [nil]
    #expect(numbers.allSatisfy { $0?.double?.isFinite == true }, "a number from \(head(body))")
    #expect(rankings?["best_engagement"]?.elements.allSatisfy { $0["post_id"]?.text != nil } == true, "\(head(body))")
  }

  /// A member of a document, if that is JSON. Sections may be 128 deep, and stand in the document.
  private func member(_ name: String, of document: [UInt8]) -> [UInt8]? {
    document.withUnsafeBytes { bytes in
      let plan = ScanPlan(members: [name], maximumDepth: 200)
      do throws(JSONError) {
        return try scanner.scan(bytes, plan: plan).member(0).cell.raw(in: bytes).map { Array($0) }
      } catch {
        return nil
      }
    }
  }

  private func head(_ body: [UInt8]) -> String { String(decoding: body.prefix(1500), as: UTF8.self) }
}
