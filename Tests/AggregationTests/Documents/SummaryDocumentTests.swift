import Clients
import Testing

@testable import Aggregation

@Suite struct SummaryDocumentTests {
  private func tree(_ bodies: [String] = smallBodies) throws -> JSONTree { try JSONTree(summary(page(bodies))) }

  @Test func itIsExactlyThis() throws {
    let items = [
      post(
        id: #""7300000000000000001""#, account: #""ann""#, engagement: "0.1", views: "10", likes: "1", interactions: "2",
        date: #""2025-01-01""#, hour: #""10:00:00""#),
      post(
        id: #""2""#, account: #""bob""#, engagement: "0.2", views: "20", likes: "3", interactions: "4", date: #""2025-01-02""#,
        hour: #""N/A""#),
    ]
    let accounts = #"[{"userId":7},{"userId":"8"},{"userId":7}]"#
    let document = summaryText(try page([#"[{"id":7,"email":"g@x"}]"#, accounts, metricsBody(items), "[]"]))
    let fetched = { (second: Int) in #"{"state":"fresh","fetched_at":"1970-01-01T00:00:0\#(second).000Z"}"# }
    let based = #"{"quality":"complete","based_on":["users","scraped_accounts","metrics"],"as_of":"1970-01-01T00:00:01.000Z"}"#
    let expected = [
      #"{"summary":{"total_users":1,"total_accounts":3,"average_engagement":0.15,"total_views":30,"total_likes":4,"#,
      #""total_interactions":6},"rankings":{"top_users":[{"user_id":7,"accounts_count":2,"email":"g@x"},"#,
      #"{"user_id":8,"accounts_count":1,"email":"N/A"}],"top_accounts":["#,
      #"{"account":"bob","total_views":20,"total_likes":3,"total_engagement":0.2,"post_count":1},"#,
      #"{"account":"ann","total_views":10,"total_likes":1,"total_engagement":0.1,"post_count":1}],"best_engagement":["#,
      #"{"post_id":"2","account":"bob","engagement":0.2,"views":20,"likes":3},"#,
      #"{"post_id":"7300000000000000001","account":"ann","engagement":0.1,"views":10,"likes":1}]},"#,
      #""trends":{"engagement_trend":"increasing","growth_rate":100.0},"timestamp":"1970-01-01T00:00:04.000Z","metadata":{"#,
      #""timestamp":"1970-01-01T00:00:04.000Z","services_status":{"microservice1":"ok","microservice2":"ok","#,
      #""microservice3":"ok","microservice4":"no_data"},"complete":true,"sections":{"#,
      #""users":\#(fetched(1)),"scraped_accounts":\#(fetched(2)),"#,
      #""metrics":\#(fetched(3)),"dashboard_data":\#(fetched(4))},"derived":{"summary":\#(based),"rankings":\#(based),"#,
      #""trends":{"quality":"complete","based_on":["metrics"],"as_of":"1970-01-01T00:00:03.000Z"}}}}"#,
    ]
    #expect(document == expected.joined())
  }

  @Test func withoutMetricsEveryNumberIsThereAndZero() throws {
    let tree = try JSONTree(summary(page(failures: ["metrics": .timeout])))
    #expect(
      tree["summary"]
        == (try JSONTree(
          #"{"total_users":1,"total_accounts":1,"average_engagement":0.0,"total_views":0,"total_likes":0,"total_interactions":0}"#
        )))
    #expect(tree["trends"] == (try JSONTree(#"{"engagement_trend":"insufficient_data","growth_rate":0.0}"#)))
    #expect(tree["rankings"]?["top_accounts"] == .array([]) && tree["rankings"]?["best_engagement"] == .array([]))
    #expect(tree["rankings"]?["top_users"]?.elements.count == 1)
  }

  @Test func withoutAnythingItIsStillWhole() throws {
    let tree = try JSONTree(summary(sectionNames.map { missing($0) }))
    #expect(tree.keys == ["summary", "rankings", "trends", "timestamp", "metadata"])
    #expect(tree["rankings"] == (try JSONTree(#"{"top_users":[],"top_accounts":[],"best_engagement":[]}"#)))
  }

  @Test func withoutUsersTheEmailIsNotAvailable() throws {
    let tree = try JSONTree(summary(page(failures: ["users": .unauthorized])))
    #expect(tree["rankings"]?["top_users"] == (try JSONTree(#"[{"user_id":1,"accounts_count":1,"email":"N/A"}]"#)))
  }

  @Test func ofOneUserTheProfileGivesTheEmail() throws {
    let outcomes = [try fresh("users", #"{"id":1,"email":"me@x"}"#, oneUser: true)] + (try page()).dropFirst()
    let tree = try JSONTree(summary(outcomes))
    #expect(tree["summary"]?["total_users"] == .number("1"))
    #expect(tree["rankings"]?["top_users"]?[0]?["email"] == .string("me@x"))
  }

  @Test(arguments: [
    (["2.675"], "2.67"), (["0.125"], "0.12"), (["0.375"], "0.38"), (["1.005"], "1.0"), (["0.1", "0.2"], "0.15"),
    (["-0.001"], "0.0"),
    (["1e300"], "1e+300"), (["0.001"], "0.0"),
  ])
  func theAverageHasTwoDecimals(_ engagements: [String], _ average: String) throws {
    var bodies = smallBodies
    bodies[2] = metricsBody(engagements.map { post(engagement: $0) })
    #expect(try tree(bodies)["summary"]?["average_engagement"] == .number(average))
  }

  @Test func theRateOfGrowthHasTwoDecimals() throws {
    var bodies = smallBodies
    bodies[2] = metricsBody([post(engagement: "3", date: #""2025-01-01""#), post(engagement: "4", date: #""2025-01-02""#)])
    #expect(try tree(bodies)["trends"] == JSONTree(#"{"engagement_trend":"increasing","growth_rate":33.33}"#))
  }

  @Test(arguments: ["0.1", "0.071234", "0.30000000000000004", "5e-324", "123456.789", "0.0001"])
  func otherFloatsReadBackAsTheyWere(_ engagement: String) throws {
    var bodies = smallBodies
    bodies[2] = metricsBody([post(engagement: engagement)])
    #expect(try tree(bodies)["rankings"]?["best_engagement"]?[0]?["engagement"] == .number(engagement))
    #expect(try tree(bodies)["rankings"]?["top_accounts"]?[0]?["total_engagement"] == .number(engagement))
  }

  @Test func textsAreEscaped() throws {
    var bodies = smallBodies
    bodies[0] = #"[{"id":1,"email":"\"a\\\n\u0001@x\ud800"}]"#
    bodies[2] = metricsBody([post(id: #""\"1\"""#, account: #""</\u2028\"""#)])
    let rankings = try tree(bodies)["rankings"]
    #expect(rankings?["top_users"]?[0]?["email"] == .string("\"a\\\n\u{1}@x\u{FFFD}"))
    #expect(rankings?["best_engagement"]?[0]?["post_id"] == .string("\"1\""))
    #expect(rankings?["top_accounts"]?[0]?["account"] == .string("</\u{2028}\""))
  }

  @Test func idsThatAreNumbersStayTexts() throws {
    var bodies = smallBodies
    bodies[2] = metricsBody([post(id: "7300000000000000001")])
    #expect(try tree(bodies)["rankings"]?["best_engagement"]?[0]?["post_id"] == .string("7300000000000000001"))
  }
}
