import Testing
import TestSupport
import Upstreams

struct DataTests {
  private func bodies(_ size: DataSize) async throws -> [[UInt8]] {
    var bodies: [[UInt8]] = []
    try await withFakes(UpstreamsConfiguration(size: size)) { fakes in
      bodies = [
        try fakes.fetch(.users, "GET", "/api/v1/auth/users").body,
        try fakes.fetch(.accounts, "GET", "/scrapedAccounts").body,
        try fakes.fetch(.metrics, "POST", "/dbquery/user", body: "{}").body,
        try fakes.fetch(.dashboard, "GET", "/getDashboardInfo").body,
      ]
    }
    return bodies
  }

  @Test func theSameSeedGivesTheSameBytesAndAnotherOneOthers() async throws {
    let first = try await bodies(DataSize(seed: 7))
    #expect(try await bodies(DataSize(seed: 7)) == first)
    let other = try await bodies(DataSize(seed: 8))
    for (left, right) in zip(first, other) { #expect(left != right) }
  }

  @Test func theSizesAreThoseAskedFor() async throws {
    try await withFakes(UpstreamsConfiguration(size: DataSize(users: 3, accounts: 4, posts: 5, rows: 6))) { fakes throws in
      #expect(try fakes.fetch(.users, "GET", "/api/v1/auth/users").json.list?.count == 3)
      #expect(try fakes.fetch(.accounts, "GET", "/scrapedAccounts").json.list?.count == 4)
      #expect(try fakes.fetch(.metrics, "POST", "/dbquery/user", body: "{}").json["items"]?.list?.count == 5)
      #expect(try fakes.fetch(.dashboard, "GET", "/getDashboardInfo").json.list?.count == 6)
    }
  }

  @Test func theLargestSizesOfTheRealServicesAreRendered() async throws {
    let size = DataSize(users: 20_000, accounts: 1_000, posts: 10_000, rows: 100)
    try await withFakes(UpstreamsConfiguration(size: size)) { fakes in
      let users = try fakes.fetch(.users, "GET", "/api/v1/auth/users").body.count
      let posts = try fakes.fetch(.metrics, "POST", "/dbquery/user", body: "{}").body.count
      #expect((3_000_000...4_500_000).contains(users) && (5_500_000...7_500_000).contains(posts))
    }
  }

  @Test func noDataGivesEmptyShapes() async throws {
    let empty = try await bodies(DataSize(users: 0, accounts: 0, posts: 0, rows: 0)).map { String(decoding: $0, as: UTF8.self) }
    #expect(empty == ["[]", "[]", #"{"items":[],"count":0,"dashboard":[]}"#, "[]"])
  }

  @Test func everyShapeHasExactlyItsFields() async throws {
    try await withFakes { fakes in
      let users = try fakes.fetch(.users, "GET", "/api/v1/auth/users").json.list ?? []
      let accounts = try fakes.fetch(.accounts, "GET", "/scrapedAccounts").json.list ?? []
      let items = try fakes.fetch(.metrics, "POST", "/dbquery/user", body: "{}").json["items"]?.list ?? []
      let rows = try fakes.fetch(.dashboard, "GET", "/getDashboardInfo").json.list ?? []
      let expected: [([JSON], String)] = [
        (users, "id email firstname lastname username role creationDate adminProfile"),
        (accounts, "id accountName userId scrapedAt"),
        (
          items,
          "postId datePosted hourPosted usernameTiktokAccount postURL views likes comments saves reposts totalInteractions "
            + "engagement numberHashtags hashtags soundId soundURL regionPost dateTracking timeTracking userId adminId"
        ),
        (rows, "adminId usedHashTag postId datePosted usernameTiktokAccount postURL views likes engagement"),
      ]
      for (elements, names) in expected {
        #expect(!elements.isEmpty)
        let names = Set(names.split(separator: " ").map(String.init))
        for element in elements { #expect(Set(element.object?.keys.map { $0 } ?? []) == names) }
      }
    }
  }

  @Test func totalsAreTrueSums() async throws {
    try await withFakes { fakes in
      let all: MetricsDocument = try fakes.fetch(.metrics, "POST", "/dbquery/user", body: "{}").decoded()
      let one: MetricsDocument = try fakes.fetch(.metrics, "POST", "/dbquery/user", body: #"{"userId":3}"#).decoded()
      #expect(all.count == 50)
      #expect(one.count > 0 && one.items.allSatisfy { $0.userId == 3 })
      for document in [all, one] {
        let totals = try #require(document.dashboard.first)
        #expect(document.count == document.items.count && document.dashboard.count == 1)
        #expect(totals.metric == "totals" && totals.totalPosts == document.count)
        #expect(totals.totalViews == document.items.reduce(0) { $0 + $1.views })
        #expect(totals.totalLikes == document.items.reduce(0) { $0 + $1.likes })
        #expect(totals.totalComments == document.items.reduce(0) { $0 + $1.comments })
        #expect(totals.totalInteractions == document.items.reduce(0) { $0 + $1.totalInteractions })
        let mean = document.items.reduce(0) { $0 + $1.engagement } / Double(document.count)
        #expect(abs(totals.avgEngagement - mean) <= 0.00005001)
      }
    }
  }

  @Test func itemsAreNewestFirstAsTextAndTheirRatiosAreRight() async throws {
    try await withFakes { fakes in
      let items = try fakes.fetch(.metrics, "POST", "/dbquery/user", body: "{}").decoded(MetricsDocument.self).items
      for (newer, older) in zip(items, items.dropFirst()) {
        #expect((newer.datePosted, newer.hourPosted) >= (older.datePosted, older.hourPosted))
      }
      #expect(items.first?.datePosted == "N/A" && items.last?.datePosted != "N/A")
      #expect(items.contains { $0.userId == nil } && items.contains { $0.userId != nil })
      for item in items {
        #expect(item.postId.utf8.count == 19)
        #expect(item.totalInteractions == item.likes + item.comments + item.saves + item.reposts)
        #expect(abs(item.engagement - Double(item.totalInteractions) / Double(item.views)) <= 0.00000050001)
      }
    }
  }

  @Test func theAccountsOfTheUsersTogetherAreAllAccounts() async throws {
    try await withFakes(UpstreamsConfiguration(size: DataSize(users: 4, accounts: 11))) { fakes in
      var ids: [Double] = []
      for user in 1...4 {
        for account in try fakes.fetch(.accounts, "GET", "/scrapedAccounts/user/\(user)").json.list ?? [] {
          #expect(account["userId"] == .number(Double(user)))
          if case .number(let id)? = account["id"] { ids.append(id) }
        }
      }
      #expect(ids.sorted() == (1...11).map(Double.init))
      #expect(try fakes.fetch(.accounts, "GET", "/scrapedAccounts/user/99").text == "[]")
    }
  }

  @Test func aProfileIsTheUserOfTheList() async throws {
    try await withFakes { fakes in
      let list = try fakes.fetch(.users, "GET", "/api/v1/auth/users").json.list ?? []
      #expect(try fakes.fetch(.users, "GET", "/api/v1/auth/profile/10").json == list[9])
      #expect(list[9]["role"] == .text("ADMIN") && list[9]["adminProfile"]?.object != nil)
      #expect(list[8]["role"] == .text("USER") && list[8]["adminProfile"] == .null)
    }
  }
}
