import NIOCore
import Testing
import Upstreams

/// `?fields=` and `?top=` on both documents (docs/selection.md).
@Suite struct FieldsTests {
  @Test func whatIsSelectedIsTheServicesOwnBytes() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      let whole = try await stack.get(consolidated).json
      let answer = try await stack.get(
        consolidated + "?fields=users.email,metrics.items.postId,metrics.items.engagement,metadata")
      #expect(answer.status == 200 && answer["content-type"] == "application/json")
      let document = try answer.json
      #expect(document.keys == ["users", "metrics", "metadata"] && document["metrics"]?.keys == ["items"])
      #expect(document["users"]?.list?.map { $0["email"] } == whole["users"]?.list?.map { $0["email"] })
      #expect(document["users"]?[0]?.keys == ["email"] && document["metrics"]?["items"]?[0]?.keys == ["postId", "engagement"])
      #expect(
        document["metrics"]?["items"]?.list?.map { $0["engagement"] }
          == whole["metrics"]?["items"]?.list?.map { $0["engagement"] })
      #expect(document["metadata"]?["total_users"] == whole["metadata"]?["total_users"])
      #expect(timingNames(answer) == ["users", "metrics"])
    }
  }

  @Test func servicesThatNoFieldNeedsAreNotAsked() async throws {
    try await withStack { stack in
      let document = try await stack.get(consolidated + "?fields=users.id").json
      #expect(document["metadata"]?.keys == ["complete", "sections"] && document["metadata"]?["complete"]?.boolean == true)
      #expect(document["metadata"]?["sections"]?.keys == ["users"])
      let trends = try await stack.get(summary + "?fields=trends").json
      #expect(trends.keys == ["trends", "metadata"])
      #expect([.users, .metrics].map { stack.fakes.stats(of: $0).total } == [1, 1])
      #expect([.accounts, .dashboard].map { stack.fakes.stats(of: $0).total } == [0, 0])
    }
  }

  @Test func aSectionThatIsMissingIsSaidToBeSo() async throws {
    try await withStack { stack in
      try await stack.setFault(.refuse, of: .metrics)
      let answer = try await stack.get(consolidated + "?fields=users.id,metrics.items.views")
      let document = try answer.json
      #expect(
        answer.status == 200 && answer["cache-control"] == "no-store" && document["metadata"]?["complete"]?.boolean == false)
      #expect(document["metadata"]?["sections"]?["metrics"]?["state"]?.text == "missing")
      #expect(try await stack.get(consolidated + "?fields=metrics").status == 503)
      #expect(try await stack.get(consolidated + "?fields=users.id").json["metadata"]?["complete"]?.boolean == true)
    }
  }

  static let bad = [
    "fields=", "fields", "fields=,", "fields=nosuch", "fields=users.nosuch", "fields=users..id",
    "fields=users.id&fields=users.email",
    "fields=users%2Cnosuch", "fields=users%2Enosuch", "fields=__proto__", "fields=users.__proto__.x", "fields=users.%FF",
    "fields=%25", "fields=users.id%00", "fields=users,,metrics", "fields=users.%C3%A9mail", "fiel%64s=nosuch", "fields=.",
    "fields=users." + Array(repeating: "a", count: 100).joined(separator: "."),
    "fields=" + Array(repeating: "users.id", count: 500).joined(separator: ","), "fields=summary", "fields=users+",
    "limit=0", "limit=1001", "limit=-1", "limit=1.0", "limit=", "limit=1&limit=2", "section=nosuch", "section=",
    "section=metrics",
    "section=dashboard_data", "section=users&fields=metrics", "limit=1&cursor=", "cursor=x", "cursor=%00", "limit=5&cursor=AAAA",
    "date_from=2025-02-30", "date_from=2025-2-3", "date_from=", "date_from=now", "date_from=2025-01-02&date_to=2025-01-01",
    "min_engagement=x", "min_engagement=-1", "min_engagement=1e3", "min_engagement=NaN", "min_engagement=1234567890123456",
    "min_views=1.5", "min_likes=2&max_likes=1", "date_from=2025-01-01%22%7D", "min_engagement=.5",
  ]

  @Test func whatIsNoFieldIsABadRequestAndAsksNobody() async throws {
    try await withStack { stack in
      let client = try await RawClient.connect(port: stack.gateway.port)
      for query in Self.bad {
        let response = try await client.get("\(consolidated)?\(query)")
        #expect(response.status == 400, "\(query.prefix(60))")
        if response.status == 400 { try expectProblem(response, status: 400, instance: consolidated) }
      }
      for query in [
        "fields=users", "fields=rankings.top_users.nosuch", "top=0", "top=101", "top=x", "top=", "top=1&top=2", "date_to=x",
      ] {
        #expect(try await client.get("\(summary)?\(query)").status == 400, "\(query)")
      }
      // A list of ten thousand is longer than a request line may be.
      let many = Array(repeating: "users.id", count: 10_000).joined(separator: ",")
      #expect(try await client.get("\(consolidated)?fields=\(many)").status == 414)
      try await client.close()
      for (_, service, _) in sections { #expect(stack.fakes.stats(of: service).total == 0, "\(service)") }
      #expect(
        try await stack.get(consolidated + "?fields=users%2Eid%2Cusers%2eemail").json["users"]?[0]?.keys == ["id", "email"])
    }
  }

  @Test func aProblemNamesTheField() async throws {
    try await withStack { stack in
      let problem = try await stack.get(consolidated + "?fields=users.id,metrics.items.vews").json
      #expect(problem["detail"]?.text == "fields: there is no field metrics.items.vews in this document.")
    }
  }

  @Test func rankingsAreAsLongAsIsAskedFor() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      // What was fetched for an answer is fresh in it, and cached in the next.
      _ = try await stack.get(summary)
      let usual = try await stack.get(summary)
      #expect(try await stack.get(summary + "?top=5").body == usual.body)
      let long = try await stack.get(summary + "?top=100").json["rankings"]
      #expect(long?["top_users"]?.list?.count == 20 && long?["best_engagement"]?.list?.count == 50)
      let short = try await stack.get(summary + "?top=2&fields=rankings.best_engagement.post_id").json["rankings"]
      #expect(short?.keys == ["best_engagement"] && short?["best_engagement"]?.list?.count == 2)
      #expect(short?["best_engagement"]?[1]?["post_id"] == long?["best_engagement"]?[1]?["post_id"])
    }
  }

  @Test func equalSelectionsAreOneAnswerAndOthersAreNot() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      _ = try await stack.get(consolidated)
      var tags: [String: String] = [:]
      var bodies: [String: [UInt8]] = [:]
      let queries = [
        "", "?fields=users.id", "?fields=users.email", "?fields=users.id,users.email", "?fields=users", "?limit=3", "?limit=4",
      ]
      for _ in 0..<3 {
        for query in queries {
          let answer = try await stack.get(consolidated + query)
          let tag = try #require(answer["etag"])
          #expect(tags[query] ?? tag == tag && bodies[query] ?? answer.body == answer.body, "\(query)")
          (tags[query], bodies[query]) = (tag, answer.body)
          let known = try await stack.get(consolidated + query, fields: [("if-none-match", tag)])
          #expect(known.status == 304 && known.body.isEmpty && known["etag"] == tag)
        }
      }
      #expect(Set(tags.values).count == queries.count && Set(bodies.values).count == queries.count)
      let same = try await stack.get(consolidated + "?fields=users.email,users.id")
      #expect(same["etag"] == tags["?fields=users.id,users.email"])
      #expect(
        try await stack.get(consolidated + "?fields=users", fields: [("accept-encoding", "gzip")])["content-encoding"]
          == "gzip")
    }
  }
}
