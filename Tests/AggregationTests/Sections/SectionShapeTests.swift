import Clients
import Testing

@testable import Aggregation

@Suite struct SectionShapeTests {
  private let every = SectionShape.object([
    .init("rows", .list), .init("about", .object), .init("count", .integer), .init("share", .number), .init("name", .string),
  ])

  @Test func theFillerIsAnEmptyOneOfTheShape() {
    #expect(SectionShape.list.filler == "[]" && SectionShape.objectAsList.filler == "[]")
    #expect(every.filler == #"{"rows":[],"about":{},"count":0,"share":0,"name":""}"#)
    #expect(SectionShape.object([]).filler == "{}")
    #expect(definition("metrics").everything.shape.filler == #"{"items":[],"count":0,"dashboard":[]}"#)
  }

  @Test func theFillerOfAnObjectHasThatShapeItself() {
    #expect(refusal("extra", every.filler, as: every) == nil)
    #expect(refusal("metrics", definition("metrics").everything.shape.filler) == nil)
  }

  @Test(arguments: ["rows", "about", "count", "share", "name"])
  func everyMemberMustBeThereAndOfItsKind(_ name: String) {
    let good = ["rows": "[{}]", "about": "{}", "count": "1", "share": "0.5", "name": #""n""#]
    let bad = ["rows": "{}", "about": "[]", "count": #""1""#, "share": "true", "name": "1"]
    func body(_ members: [String: String]) -> String { "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}" }
    #expect(refusal("extra", body(good), as: every) == nil)
    #expect(refusal("extra", body(good.filter { $0.key != name }), as: every) == .wrongShape)
    for value in ["null", bad[name] ?? ""] {
      #expect(refusal("extra", body(good.merging([name: value]) { _, new in new }), as: every) == .wrongShape)
    }
  }

  @Test func theFirstListHoldsTheRows() throws {
    let shape = SectionShape.object([.init("about", .object), .init("rows", .list), .init("others", .list)])
    let section = try read("extra", #"{"others":[{},{},{}],"about":{},"rows":[{},{}]}"#, as: shape)
    #expect(section.rowCount == 2 && section.declaredCount == 2)
    #expect(try read("extra", #"{"others":[{}],"about":{},"rows":[]}"#, as: shape).isEmpty)
  }

  @Test func anObjectWithoutAListIsOneThingAndNeverEmpty() throws {
    let section = try read("extra", "{}", as: .object([]))
    #expect(section.rowCount == 1 && !section.isEmpty)
    #expect(try read("users", "{}", as: .objectAsList).rowCount == 1)
  }

  @Test func otherSectionsHaveNoFacts() throws {
    guard case .none = try read("extra", #"[{"views":1}]"#, as: .list).facts else {
      Issue.record("facts of a section that is not known")
      return
    }
  }
}

@Suite struct RequestTemplateTests {
  @Test func onlyTheDigitsOfTheIDEnterARequest() {
    let template = RequestTemplate(.post, "/a/{user_id}/b?u={user_id}", body: #"{"userId":{user_id},"again":"{user_id}"}"#)
    let rendered = template.rendered(for: 9_223_372_036_854_775_807)
    #expect(rendered.path == "/a/9223372036854775807/b?u=9223372036854775807")
    #expect(rendered.body == #"{"userId":9223372036854775807,"again":"9223372036854775807"}"#)
  }

  @Test func withoutAUserNothingIsFilledIn() {
    let rendered = RequestTemplate(.get, "/all").rendered(for: nil)
    #expect(rendered.path == "/all" && rendered.body == nil)
  }

  @Test func itKnowsWhetherItNeedsAUser() {
    #expect(RequestTemplate(.get, "/{user_id}").needsUser && RequestTemplate(.post, "/", body: "{user_id}").needsUser)
    #expect(!RequestTemplate(.post, "/user_id", body: "{}").needsUser)
  }

  /// Contract §5, the rows "all" and "one user".
  @Test func theDefaultsAskWhatTheServicesAnswer() {
    let asked = SectionDefinition.defaults.map { section in
      [section.everything, section.oneUser].map { request in
        let (path, body) = request.template.rendered(for: request == section.everything ? nil : 7)
        return [request.template.method.rawValue, path, body].compactMap(\.self).joined(separator: " ")
      }
    }
    #expect(
      asked == [
        ["GET /api/v1/auth/users", "GET /api/v1/auth/profile/7"], ["GET /scrapedAccounts", "GET /scrapedAccounts/user/7"],
        ["POST /dbquery/user {}", #"POST /dbquery/user {"userId":7}"#], ["GET /getDashboardInfo", "GET /getDashboardInfo"],
      ])
  }
}
