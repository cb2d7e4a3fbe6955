import Clients
import NIOCore
import Testing

@testable import Aggregation

@Suite struct SelectedDocumentTests {
  private static let catalogue = FieldCatalogue.consolidated(SectionDefinition.defaults)

  /// The document of those sections that the fields need.
  private static func consolidated(_ outcomes: [SectionOutcome], _ fields: String) throws -> String {
    let selection = try catalogue.selection(fields.utf8)
    let needs = catalogue.needs(of: selection)
    let asked = outcomes.filter { needs?.contains($0.place.section) ?? true }
    let document = SelectedConsolidated(
      metadata: DocumentMetadata(outcomes: asked), view: DocumentView(fields: selection), pages: [], cursors: [], lists: [:])
    return document.pieces.map { String(buffer: $0) }.joined()
  }

  private static func summary(_ outcomes: [SectionOutcome], fields: String? = nil, top: Int = 5) throws -> JSONTree {
    let selection = try fields.map { try FieldCatalogue.summary.selection($0.utf8) }
    let needs = selection.flatMap { FieldCatalogue.summary.needs(of: $0) }
    let asked = outcomes.filter { needs?.contains($0.place.section) ?? true }
    let document = SummaryDocument(metadata: DocumentMetadata(outcomes: asked), view: DocumentView(fields: selection, top: top))
    return try JSONTree(String(buffer: document.selected))
  }

  @Test func onlyWhatIsSelectedIsThereAndHowFarItCanBeBelieved() throws {
    #expect(
      try Self.consolidated(page(), "users.email,metrics.count")
        == #"{"users":[{"email":"a@x"}],"metrics":{"count":1},"metadata":{"complete":true,"sections":{"users":{"state":"fresh","fetched_at":"\#(moment(1))"},"metrics":{"state":"fresh","fetched_at":"\#(moment(3))"}}}}"#
    )
  }

  @Test func aMissingSectionIsNotHiddenByWhatIsSelectedOfIt() throws {
    let outcomes = try page(failures: ["metrics": .timeout, "users": .timeout])
    let tree = try JSONTree(try Self.consolidated(outcomes, "metrics.items.views,scraped_accounts.id"))
    #expect(tree["metrics"] == .object([JSONTree.Member(name: "items", value: .array([]))]))
    #expect(tree["metadata"]?["complete"]?.bool == false)
    #expect(tree["metadata"]?["sections"]?.keys == ["scraped_accounts", "metrics"])
    #expect(tree["metadata"]?["sections"]?["metrics"]?["state"]?.text == "missing")
    #expect(try JSONTree(try Self.consolidated(outcomes, "scraped_accounts.id"))["metadata"]?["complete"]?.bool == true)
  }

  @Test func metadataIsAboutTheSectionsThatWereAsked() throws {
    let tree = try JSONTree(try Self.consolidated(page(), "users,metadata"))
    #expect(tree.keys == ["users", "metadata"])
    #expect(tree["metadata"]?.keys == ["total_users", "timestamp", "services_status", "complete", "sections"])
    #expect(tree["metadata"]?["services_status"]?.keys == ["microservice1"])
    let all = try JSONTree(try Self.consolidated(page(), "metadata"))
    #expect(all.keys == ["metadata"] && all["metadata"]?["sections"]?.keys == sectionNames)
    let whole = try JSONTree(consolidatedText(page()))
    #expect(all["metadata"] == whole["metadata"])
  }

  @Test func allFieldsAreTheDocumentItself() throws {
    let fields = (sectionNames + ["metadata"]).joined(separator: ",")
    #expect(try Self.consolidated(page(), fields) == consolidatedText(page()))
  }

  @Test func aSummaryIsSelectedAsAnythingElse() throws {
    let tree = try Self.summary(page(), fields: "trends.growth_rate,rankings.top_users.user_id")
    #expect(tree.keys == ["rankings", "trends", "metadata"] && tree["metadata"]?.keys == ["complete", "sections"])
    #expect(tree["rankings"]?["top_users"]?[0]?.keys == ["user_id"] && tree["rankings"]?.keys == ["top_users"])
    #expect(tree["metadata"]?["sections"]?.keys == ["scraped_accounts", "metrics"])
  }

  @Test func derivedIsAboutThePartsThatAreShown() throws {
    let tree = try Self.summary(page(), fields: "trends,metadata.derived")
    #expect(tree["metadata"]?["derived"]?.keys == ["trends"])
    #expect(tree["metadata"]?["derived"]?["trends"]?["quality"]?.text == "complete")
    let all = try Self.summary(page(), fields: "metadata")
    #expect(all["metadata"]?["derived"]?.keys == ["summary", "rankings", "trends"])
  }

  @Test(arguments: [1, 4, 5, 6, 37, 100]) func rankingsHaveAsManyPlacesAsAreAskedFor(top: Int) throws {
    let posts = (0..<60).map { post(id: "\"\($0)\"", account: "\"a\($0 % 40)\"", engagement: "0.\(100 + $0 * 7 % 60)") }
    let accounts = (0..<90).map { #"{"id":\#($0),"userId":\#($0 % 50)}"# }
    let outcomes = try page([smallBodies[0], "[\(accounts.joined(separator: ","))]", metricsBody(posts), smallBodies[3]])
    let (tree, most) = (try Self.summary(outcomes, top: top), try Self.summary(outcomes, top: 100))
    for (ranking, all) in [("top_users", 50), ("top_accounts", 40), ("best_engagement", 60)] {
      let places = try #require(tree["rankings"]?[ranking]?.elements)
      #expect(places.count == min(top, all), "\(ranking)")
      #expect(places == Array(try #require(most["rankings"]?[ranking]?.elements).prefix(top)))
    }
    let usual = try JSONTree(summaryText(outcomes))
    #expect(try Self.summary(outcomes) == usual)
  }
}
