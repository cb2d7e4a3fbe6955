import NIOCore
import NIOPosix
import Testing
import Upstreams

/// `?limit=`, `section` and `cursor` (docs/selection.md).
@Suite struct PagesTests {
  /// The targets of `Link`, by relation.
  private static func links(_ answer: RawResponse) -> [String: String] {
    let links = (answer["link"] ?? "").split(separator: ", ").compactMap { link -> (String, String)? in
      guard let match = link.wholeMatch(of: /<(.*)>; rel="(.*)"/) else { return nil }
      return (String(match.2), String(match.1))
    }
    return Dictionary(links) { first, _ in first }
  }

  @Test(arguments: [1, 7, 50, 1000]) func pagesOneAfterTheOtherAreTheListByteForByte(limit: Int) async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      let original = try await stack.original(of: .metrics)
      var (items, pages) = ([String](), 0)
      var next: String? = "\(consolidated)?section=metrics.items&limit=\(limit)"
      while let target = next, pages < 100 {
        let answer = try await stack.get(target)
        let document = try answer.json
        #expect(document.keys == ["users", "scraped_accounts", "metrics", "dashboard_data", "metadata"])
        #expect(document["users"]?.list?.count == 20 && document["metrics"]?["count"]?.int == 50)
        let page = try #require(document["metadata"]?["pages"]?["metrics.items"])
        #expect(document["metadata"]?["pages"]?.keys == ["metrics.items"])
        #expect(page["returned"]?.int == document["metrics"]?["items"]?.list?.count && page["total"]?.int == 50)
        #expect(page["offset"]?.int == pages * limit && page["limit"]?.int == limit)
        let text = answer.text
        let start = try #require(text.firstRange(of: "\"items\":[")), end = try #require(text.firstRange(of: "],\"count\""))
        items.append(String(text[start.upperBound..<end.lowerBound]))
        next = Self.links(answer)["next"]
        #expect(Self.links(answer)["first"] == "\(consolidated)?section=metrics.items&limit=\(limit)")
        #expect((next == nil) == (page["next"] == .null))
        pages += 1
      }
      #expect(pages == (50 + limit - 1) / limit)
      #expect(original.text.contains("\"items\":[\(items.joined(separator: ","))],\"count\""))
    }
  }

  @Test func aLimitAloneIsOfAllListsAndEachGoesOnByItselfToo() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      let first = try await stack.get(consolidated + "?limit=22")
      let pages = try #require(try first.json["metadata"]?["pages"])
      #expect(pages.keys == ["users", "scraped_accounts", "metrics.items"])
      #expect(pages["users"]?["returned"]?.int == 20 && pages["users"]?["next"] == .null)
      let all = try await stack.get(try #require(Self.links(first)["next"]))
      let counts = try ["users", "scraped_accounts", "metrics.items"].map {
        try all.json["metadata"]?["pages"]?[$0]?["returned"]?.int
      }
      #expect(counts == [0, 3, 22])
      let cursor = try #require(pages["scraped_accounts"]?["next"]?.text)
      let one = try await stack.get("\(consolidated)?limit=22&section=scraped_accounts&cursor=\(cursor)").json
      #expect(one["scraped_accounts"]?.list?.count == 3 && one["users"]?.list?.count == 20)
      // What is a cursor of one list is none of another, nor of all.
      for other in ["&section=metrics.items", "&section=users", "", "&section=users,scraped_accounts"] {
        #expect(try await stack.get("\(consolidated)?limit=22\(other)&cursor=\(cursor)").status == 400)
      }
    }
  }

  @Test func fieldsAndPagesGoTogether() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      let answer = try await stack.get(consolidated + "?fields=metrics.items.postId&limit=2")
      let document = try answer.json
      #expect(
        document["metrics"]?["items"]?.list?.map { $0.keys } == [["postId"], ["postId"]] && document["metrics"]?.keys == ["items"]
      )
      #expect(document["metadata"]?.keys == ["complete", "sections", "pages"])
      let next = try await stack.get(try #require(Self.links(answer)["next"])).json
      let whole = try await stack.get(consolidated).json["metrics"]?["items"]
      #expect(next["metrics"]?["items"]?[0]?["postId"] == whole?[2]?["postId"])
      let profile = try await stack.get(consolidated + "?user_id=2&section=users&limit=1").json
      #expect(profile["users"]?.list?.count == 1 && profile["metadata"]?["pages"]?["users"]?["next"] == .null)
    }
  }

  @Test func aCursorWithoutAListToGoOnWithIsRefusedAndALimitIsNot() async throws {
    try await withStack { stack in
      let target = "\(consolidated)?fields=metadata.total_users"
      try expectProblem(try await stack.get("\(target)&cursor=garbage"), status: 400, instance: consolidated)
      try expectProblem(try await stack.get("\(target)&limit=5&cursor="), status: 400, instance: consolidated)
      let limited = try await stack.get("\(target)&limit=5")
      #expect(limited.status == 200 && limited["link"] == nil)
    }
  }

  @Test func cursorsThatNobodyGaveAreRefused() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      let target = consolidated + "?section=metrics.items&limit=10"
      let cursor = try #require(Self.links(try await stack.get(target))["next"]?.split(separator: "=").last.map(String.init))
      #expect(try await stack.get("\(target)&cursor=\(cursor)").status == 200)
      let client = try await RawClient.connect(port: stack.gateway.port)
      for place in cursor.indices {
        var forged = cursor
        forged.replaceSubrange(place...place, with: cursor[place] == "A" ? "B" : "A")
        #expect(try await client.get("\(target)&cursor=\(forged)").status == 400, "\(forged)")
        #expect(try await client.get("\(target)&cursor=\(cursor[..<place])").status == 400)
      }
      for other in ["\(cursor)=", "\(cursor)A", "\(cursor)\(cursor)", "%20\(cursor)"] {
        #expect(try await client.get("\(target)&cursor=\(other)").status == 400, "\(other)")
      }
      // Of another user, and of other data.
      for other in ["user_id=1", "user_id=2", "min_views=1", "date_from=2025-01-01"] {
        #expect(try await client.get("\(target)&\(other)&cursor=\(cursor)").status == 400, "\(other)")
      }
      try await client.close()
    }
  }

  @Test func theCursorOfOneCallerIsNoneOfAnothers() async throws {
    try await withStack(StackSetup(hasCredentials: false, caches: true)) { stack in
      let fields = { (user: String) in [("authorization", "Bearer admin-token"), ("x-user-id", user), ("x-user-role", "ADMIN")] }
      let target = consolidated + "?section=metrics.items&limit=10"
      let next = try #require(Self.links(try await stack.get(target, fields: fields("1")))["next"])
      #expect(try await stack.get(next, fields: fields("1")).status == 200)
      #expect(try await stack.get(next, fields: fields("2")).status == 400)
      #expect(try await stack.get(next).status == 400)
      // They have the same data, but their pages have cursors of their own.
      let mine = try await stack.get(target, fields: fields("1")), other = try await stack.get(target, fields: fields("2"))
      #expect(mine["etag"] != other["etag"])
    }
  }

  /// A gateway before services with other data, or the same.
  private static func beside(
    _ stack: Stack, seed: UInt64, secret: String?, _ test: (GatewayUnderTest) async throws -> Void
  ) async throws {
    let fakes = try await FakeUpstreams.start(
      UpstreamsConfiguration(size: DataSize(seed: seed)), on: MultiThreadedEventLoopGroup.singleton)
    var setup = StackSetup(caches: true)
    setup.environment["TRIBUTARY_SERVER_CURSOR_SECRET"] = secret
    let gateway = try await GatewayUnderTest.start(["--port", "0"], environment: setup.environment(for: fakes))
    var failure: (any Error)?
    do { try await test(gateway) } catch { failure = error }
    try await gateway.process.stop(within: .seconds(40))
    try await fakes.stop()
    if let failure { throw failure }
  }

  @Test func replicasOfOneSecretTakeEachOthersCursorsAndSayWhenTheListIsAnother() async throws {
    let secret = "a secret of all replicas"
    try await withStack(StackSetup(caches: true, environment: ["TRIBUTARY_SERVER_CURSOR_SECRET": secret])) { stack in
      let target = consolidated + "?section=metrics.items&limit=10"
      let first = try await stack.get(target)
      let next = try #require(Self.links(first)["next"])
      try await Self.beside(stack, seed: 1, secret: secret) { replica in
        let answer = try await RawClient.fetch(port: replica.port, next)
        #expect(try answer.json["metadata"]?["pages"]?["metrics.items"]?["offset"]?.int == 10)
      }
      try await Self.beside(stack, seed: 2, secret: secret) { replica in
        let answer = try await RawClient.fetch(port: replica.port, next)
        try expectProblem(answer, status: 410, instance: consolidated)
        #expect(Self.links(answer) == ["first": target])
        #expect(try await RawClient.fetch(port: replica.port, target).status == 200)
      }
      for other in ["a secret of others", nil] {
        try await Self.beside(stack, seed: 1, secret: other) { replica in
          let answer = try await RawClient.fetch(port: replica.port, next)
          #expect(answer.status == 400)
        }
      }
    }
  }

  @Test func bigListsArePagedFromTheCache() async throws {
    let size = DataSize(users: 5000, accounts: 100, posts: 3000)
    try await withStack(StackSetup(upstreams: UpstreamsConfiguration(size: size), caches: true)) { stack in
      var target: String? = consolidated + "?fields=metrics.items.postId,users.id&limit=700"
      var (posts, users) = (Set<String>(), [Int]())
      while let next = target {
        let answer = try await stack.get(next)
        let document = try answer.json
        posts.formUnion((document["metrics"]?["items"]?.list ?? []).compactMap { $0["postId"]?.text })
        users += (document["users"]?.list ?? []).compactMap { $0["id"]?.int }
        target = Self.links(answer)["next"]
      }
      #expect(posts.count == 3000 && users == Array(1...5000))
      #expect(stack.fakes.stats(of: .metrics).total == 1 && stack.fakes.stats(of: .accounts).total == 0)
    }
  }
}
