import Testing

@testable import Aggregation

@Suite struct TopAccountsTests {
  @Test func thePostsOfAnAccountAreSummed() throws {
    let facts = try postFacts([
      post(account: #""ann""#, engagement: "0.25", views: "100", likes: "10"),
      post(account: #""bob""#, engagement: "0.125", views: "7", likes: "3"),
      post(account: #""ann""#, engagement: "0.5", views: "200", likes: "20"),
    ])
    #expect(
      facts.topAccounts == [
        AccountTotals(account: "ann", views: 300, likes: 30, engagement: 0.75, posts: 2),
        AccountTotals(account: "bob", views: 7, likes: 3, engagement: 0.125, posts: 1),
      ])
  }

  @Test func theFirstFiveByTheSumOfEngagementAreKept() throws {
    let engagements = ["a": "0.1", "b": "0.2", "c": "0.3", "d": "0.4", "e": "0.5", "f": "0.6"]
    let items = engagements.sorted { $0.key < $1.key }.map { post(account: "\"\($0.key)\"", engagement: $0.value) }
    #expect(try postFacts(items).topAccounts.map(\.account) == ["f", "e", "d", "c", "b"])
    let raised = items + [post(account: #""a""#, engagement: "9")]
    #expect(try postFacts(raised).topAccounts.map(\.account) == ["a", "f", "e", "d", "c"])
  }

  @Test func accountsOfEqualEngagementStandInFirstSeenOrder() throws {
    let items = ["z", "y", "x", "w", "v", "u"].map { post(account: "\"\($0)\"", engagement: "0.5") }
    #expect(try postFacts(items).topAccounts.map(\.account) == ["z", "y", "x", "w", "v"])
  }

  @Test(arguments: [nil, "null", #""""#, #""N/A""#, #""N\/A""#, #""\u004e/A""#, "7", "{}"])
  func postsWithoutAnAccountAreLeftOut(_ account: String?) throws {
    let facts = try postFacts([post(account: account, engagement: "0.9"), post(account: #""ann""#, engagement: "0.1")])
    #expect(facts.topAccounts.map(\.account) == ["ann"])
  }

  @Test(arguments: [#""n/a""#, #"" ""#, #""N/A ""#, #""@ann""#])
  func everyOtherTextIsAnAccount(_ account: String) throws {
    #expect(try postFacts([post(account: account)]).topAccounts.count == 1)
  }

  @Test func oneNameInTwoSpellingsIsOneAccount() throws {
    let facts = try postFacts([post(account: #""ann""#), post(account: #""\u0061nn""#)])
    #expect(facts.topAccounts.map(\.posts) == [2])
  }

  @Test func aPostWithOddNumbersCountsAsAPostOfItsAccount() throws {
    let facts = try postFacts([post(account: #""ann""#, engagement: "null", views: #""5""#, likes: nil)])
    #expect(facts.topAccounts == [AccountTotals(account: "ann", views: 0, likes: 0, engagement: 0, posts: 1)])
  }

  @Test func anAccountsSumsSaturate() throws {
    let most = "9223372036854775807"
    let facts = try postFacts([
      post(engagement: "1.7e308", views: most, likes: most), post(engagement: "1.7e308", views: "9", likes: most),
    ])
    let top = try #require(facts.topAccounts.first)
    #expect(top.views == .max && top.likes == .max && top.engagement == .greatestFiniteMagnitude)
  }
}
