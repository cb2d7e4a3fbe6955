import Testing

@testable import Aggregation

@Suite struct FieldSelectionTests {
  private static let consolidated = FieldCatalogue.consolidated(SectionDefinition.defaults)

  private static func select(_ list: String) throws -> FieldSelection { try consolidated.selection(list.utf8) }

  @Test func pathsAreATree() throws {
    let selection = try Self.select("users.email,metrics.items.views,metrics.items.likes,users.id")
    #expect(
      selection
        == FieldSelection.none.adding("metrics", "items", "likes").adding("users", "id").adding("users", "email")
        .adding("metrics", "items", "views"))
    #expect(selection.member("users")?.member("email") == .whole && selection.member("users")?.member("role") == nil)
    #expect(selection.member("scraped_accounts") == nil && selection.member("metrics")?.member("count") == nil)
  }

  @Test func whatIsWantedWholeStaysSo() throws {
    #expect(try Self.select("users,users.email") == Self.select("users"))
    #expect(try Self.select("users.email,users") == Self.select("users"))
    #expect(try Self.select("users.email,users.email") == Self.select("users.email"))
  }

  @Test func theOrderOfPathsIsNoDifferenceAndOtherPathsAre() throws {
    let lists = [
      "users", "users.id", "users.email", "users.id,users.email", "metrics.items", "metrics.items.views", "metrics.count",
    ]
    for left in lists {
      for right in lists {
        let areSame = try Self.select(left).canonical == Self.select(right).canonical
        #expect(areSame == (left == right), "\(left) \(right)")
      }
    }
    #expect(try Self.select("users.id,users.email").canonical == Self.select("users.email,users.id").canonical)
  }

  @Test(arguments: [
    "nosuch", "Users", "users.nosuch", "metrics.nosuch", "metrics.items.nosuch", "metadata.nosuch", "metadata.complete.x",
    "metadata.sections.users", "users.__proto__", "__proto__", "constructor.prototype", "users.emai\u{301}l", "*",
    "users.email\u{0}",
    "rankings", "users%2Cmetrics",
  ]) func whatIsNotThereIsNamed(path: String) {
    #expect(throws: FieldFault.unknown(path: path)) { try Self.select(path) }
    #expect(throws: FieldFault.unknown(path: path)) { try Self.select("users.id,\(path)") }
  }

  @Test(arguments: ["", ",", "users,", ",users", "users,,metrics", "users..email", ".users", "users.", "."])
  func emptyNamesAreNone(list: String) {
    #expect(throws: FieldFault.self) { try Self.select(list) }
    guard case .malformed = Result(catching: { try Self.select(list) }).fault else { return #expect(Bool(false), "\(list)") }
  }

  @Test func invalidUTF8IsNoName() {
    let list = Array("users.".utf8) + [0xFF, 0xFE]
    guard case .malformed = Result(catching: { try Self.consolidated.selection(list) }).fault else { return #expect(Bool(false)) }
  }

  @Test func longAndManyPathsAreRefused() throws {
    let deep = "users.adminProfile" + String(repeating: ".a", count: 98)
    #expect(throws: FieldFault.tooMany) { try Self.select(deep) }
    let many = Array(repeating: "users.id", count: 10_000).joined(separator: ",")
    #expect(throws: FieldFault.tooMany) { try Self.select(many) }
    let most = Array(repeating: "users.id", count: FieldCatalogue.maximumPaths).joined(separator: ",")
    #expect(try Self.select(most) == Self.select("users.id"))
  }

  @Test func belowWhatIsKnownAnUpstreamMayHaveAnything() throws {
    #expect(try Self.select("users.adminProfile.a.b.c").member("users")?.member("adminProfile")?.member("a") != nil)
    var definition = SectionDefinition.defaults[0]
    definition.fields = []
    let any = try FieldCatalogue.consolidated([definition]).selection("users.nosuch".utf8)
    #expect(any.member("users")?.member("nosuch") == .whole)
  }

  @Test(arguments: [
    ("users.email", ["users"]), ("users,metadata", ["users"]), ("metrics.items.views,metadata.timestamp", ["metrics"]),
    ("metadata.total_users", ["users"]), ("metadata.total_posts_analyzed,dashboard_data", ["dashboard_data", "metrics"]),
  ]) func onlyTheSectionsThatAreNeededAreAsked(list: String, sections: [String]) throws {
    #expect(try Self.consolidated.needs(of: Self.select(list)) == Set(sections))
  }

  @Test(arguments: [
    ("trends", ["metrics"]), ("rankings.top_users.user_id", ["scraped_accounts"]),
    ("rankings.top_users", ["scraped_accounts", "users"]),
    ("summary", ["users", "scraped_accounts", "metrics"]), ("summary.total_views,timestamp", ["metrics"]),
  ]) func theSummaryKnowsWhatItIsMadeFrom(list: String, sections: [String]) throws {
    #expect(try FieldCatalogue.summary.needs(of: FieldCatalogue.summary.selection(list.utf8)) == Set(sections))
  }

  @Test(arguments: ["metadata", "metadata.complete", "metadata.sections,metadata.services_status"])
  func whatADocumentSaysOfItselfAloneIsAboutAllOfIt(list: String) throws {
    #expect(try Self.consolidated.needs(of: Self.select(list)) == nil)
  }
}

extension Result where Success == FieldSelection, Failure == any Error {
  fileprivate var fault: FieldFault? {
    if case .failure(let fault) = self { fault as? FieldFault } else { nil }
  }
}
