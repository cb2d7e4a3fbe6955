import Clients
import NIOCore
import RawJSON
import Testing
import Upstreams

@testable import Aggregation

@Suite struct AggregatorTests {
  @Test(arguments: [1, 4]) func allFourComeFreshOnEveryLoop(_ loops: Int) async throws {
    try await Dashboard.run(loops: loops) { dashboard in
      #expect(dashboard.loops.count == loops)
      for loop in dashboard.loops {
        for kind in Dashboard.Kind.allCases {
          let document = await dashboard.get(kind, on: loop)
          let tree = try document.tree
          #expect(document.isComplete && document.words == ["ok", "ok", "ok", "ok"])
          #expect(tree["metadata"]?["complete"] == .bool(true))
          #expect(document.sections.map(\.place.section) == sectionNames)
        }
      }
    }
  }

  @Test func theDocumentsHoldWhatTheServicesHave() async throws {
    let size = DataSize(users: 12, accounts: 30, posts: 40, rows: 5)
    try await Dashboard.run(UpstreamsConfiguration(size: size)) { dashboard in
      let tree = try await dashboard.get().tree
      #expect(tree["users"]?.elements.count == 12 && tree["scraped_accounts"]?.elements.count == 30)
      #expect(tree["metrics"]?["items"]?.elements.count == 40 && tree["dashboard_data"]?.elements.count == 5)
      let metadata = tree["metadata"]
      #expect(metadata?["total_users"] == .number("12") && metadata?["total_accounts"] == .number("30"))
      #expect(metadata?["total_posts_analyzed"] == .number("40"))
    }
  }

  @Test func theSummaryIsWhatTheContractSaysOfThem() async throws {
    try await Dashboard.run { dashboard in
      let tree = try await dashboard.get().tree
      let summary = try await dashboard.get(.summary).tree
      let reference = ReferenceSummary(
        users: tree["users"]?.elements ?? [], accounts: tree["scraped_accounts"]?.elements ?? [],
        items: tree["metrics"]?["items"]?.elements ?? [])
      for part in ["summary", "rankings", "trends"] { #expect(summary[part] == reference.tree[part]) }
      #expect(summary["trends"]?["engagement_trend"] != .string("insufficient_data"))
    }
  }

  @Test(arguments: [1, 4]) func bigSectionsComeWhole(_ loops: Int) async throws {
    let size = DataSize(users: 3_000, accounts: 4_000, posts: 1_500, rows: 1_500)
    try await Dashboard.run(UpstreamsConfiguration(size: size), loops: loops) { dashboard in
      let document = await dashboard.get()
      guard case .pieces(let render) = document.content else { throw CallFailure(.wrongShape) }
      let pieces = render().pieces
      #expect(pieces.count > 1 && document.isComplete)
      let metadata = try document.tree["metadata"]
      #expect(metadata?["total_users"] == .number("3000") && metadata?["total_posts_analyzed"] == .number("1500"))
      let summary = try await dashboard.get(.summary).tree["summary"]
      #expect(summary?["total_users"] == .number("3000") && summary?["total_accounts"] == .number("4000"))
    }
  }

  @Test func ofOneUserOnlyThatUsersSectionsAreShown() async throws {
    try await Dashboard.run(UpstreamsConfiguration(size: DataSize(users: 5, accounts: 10, posts: 20))) { dashboard in
      let tree = try await dashboard.get(user: 3).tree
      #expect(tree["users"]?.elements.count == 1 && tree["users"]?[0]?["id"] == .number("3"))
      #expect(tree["scraped_accounts"]?.elements.isEmpty == false)
      #expect(tree["scraped_accounts"]?.elements.allSatisfy { $0["userId"] == .number("3") } == true)
      #expect(tree["metrics"]?["items"]?.elements.isEmpty == false)
      #expect(tree["metrics"]?["items"]?.elements.allSatisfy { $0["userId"] == .number("3") } == true)
      #expect(tree["metadata"]?["total_users"] == .number("1") && tree["dashboard_data"]?.elements.count == 10)
    }
  }

  @Test func aUserWhoDoesNotExistHasNoData() async throws {
    try await Dashboard.run { dashboard in
      let document = await dashboard.get(user: .max)
      #expect(document.words == ["no_data", "no_data", "no_data", "ok"] && document.isComplete)
      let tree = try document.tree
      #expect(
        tree["users"] == .array([]) && tree["scraped_accounts"] == .array([]) && tree["metadata"]?["total_users"] == .number("0"))
    }
  }

  @Test func withoutIdentityTwoServicesRefuse() async throws {
    try await Dashboard.run { dashboard in
      let document = await dashboard.get(identity: [])
      #expect(document.words == ["unauthorized", "unauthorized", "ok", "ok"] && !document.isComplete)
      let summary = await dashboard.get(.summary, identity: [])
      #expect(summary.words == document.words)
      let derived = try summary.tree["metadata"]?["derived"]
      #expect(derived?["trends"]?["quality"] == .string("complete"))
    }
  }

  @Test func everyServiceIsGivenOnlyTheHeadersThatItMaySee() async throws {
    try await Dashboard.run { dashboard in
      _ = await dashboard.get()
      for name in ServiceName.allCases {
        #expect(dashboard.fakes.stats(of: name).lastRequest.authorizationPresent == (name == .users))
        #expect(dashboard.fakes.stats(of: name).lastRequest.requestID == "test")
      }
      let half = await dashboard.get(identity: [Dashboard.admin[0]])
      #expect(half.words == ["ok", "unauthorized", "ok", "ok"])
    }
  }

  @Test func aDocumentCostsOneCallAService() async throws {
    try await Dashboard.run { dashboard in
      for kind in Dashboard.Kind.allCases {
        for name in ServiceName.allCases { dashboard.fakes.resetStats(of: name) }
        _ = await dashboard.get(kind)
        for name in ServiceName.allCases { #expect(dashboard.fakes.stats(of: name).total == 1) }
      }
    }
  }

  @Test func aFifthSectionIsInThePageAndNotInTheSummary() async throws {
    let fifth = SectionDefinition(
      name: "questions", upstream: "accounts", everything: SectionRequest(RequestTemplate(.get, "/questions"), shape: .list))
    try await Dashboard.run(sections: SectionDefinition.defaults + [fifth]) { dashboard in
      let tree = try await dashboard.get().tree
      #expect(tree.keys == sectionNames + ["questions", "metadata"] && tree["questions"]?.elements.count == 2)
      #expect(try await dashboard.get(.summary).tree["metadata"]?["sections"]?.keys == sectionNames)
    }
  }

  @Test func theOrderOfArrivalDoesNotChangeTheBytes() async throws {
    var documents: [Set<String>] = [[], []]
    for delays in [[0, 20, 40, 60], [60, 40, 20, 0], [30, 0, 60, 0]] {
      let latencies = Dictionary(uniqueKeysWithValues: zip(ServiceName.allCases, delays.map { Duration.milliseconds($0) }))
      try await Dashboard.run(UpstreamsConfiguration(latencies: latencies)) { dashboard in
        for (position, kind) in Dashboard.Kind.allCases.enumerated() {
          documents[position].insert(withoutTimes(try #require(await dashboard.get(kind).bytes)))
        }
      }
    }
    #expect(documents[0].count == 1 && documents[1].count == 1)
  }

  /// The document with every moment of this century, to the millisecond, made the same.
  private func withoutTimes(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self).replacing(#/"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ"/#, with: "\"then\"")
  }
}
