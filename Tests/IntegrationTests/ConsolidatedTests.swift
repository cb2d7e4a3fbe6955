import Testing
import Upstreams

/// Contract §2: the consolidated document while all is well.
@Suite struct ConsolidatedTests {
  @Test func fiveKeysStandInOrderAndEachSectionIsByteForByteWhatTheServiceSent() async throws {
    try await withStack { stack in
      let response = try await stack.get(consolidated)
      let document = try response.json
      #expect(document.keys == ["users", "scraped_accounts", "metrics", "dashboard_data", "metadata"])
      for (key, service, _) in sections {
        let source = try #require(document.members.first { $0.key == key }?.source)
        let original = try await stack.original(of: service)
        #expect(original.status == 200)
        #expect(Array(response.body[source]) == original.body, "\(key)")
      }
    }
  }

  @Test func withAUserTheSectionsAreThoseOfTheUserAndTheDashboardStaysGlobal() async throws {
    try await withStack { stack in
      let response = try await stack.get(consolidated + "?user_id=3")
      let document = try response.json
      for (key, service, _) in sections {
        let source = try #require(document.members.first { $0.key == key }?.source)
        let original = try await stack.original(of: service, user: 3).text
        let section = String(decoding: response.body[source], as: UTF8.self)
        #expect(section == (service == .users ? "[\(original)]" : original), "\(key)")
      }
      #expect(document["metadata"]?["total_users"]?.int == 1)
      #expect(document["metadata"]?["complete"]?.boolean == true)
      #expect(document["metadata"]?["total_posts_analyzed"]?.int == document["metrics"]?["count"]?.int)
    }
  }

  @Test func metadataSaysWhatThereIs() async throws {
    let size = DataSize(users: 31, accounts: 47, posts: 63, rows: 5)
    try await withStack(StackSetup(upstreams: UpstreamsConfiguration(size: size))) { stack in
      let document = try await stack.get(consolidated).json
      let metadata = try #require(document["metadata"])
      #expect(metadata["total_users"]?.int == 31)
      #expect(metadata["total_accounts"]?.int == 47)
      #expect(metadata["total_posts_analyzed"]?.int == 63)
      #expect(metadata["complete"]?.boolean == true)
      expectTimestamp(metadata["timestamp"], "timestamp")
      #expect(
        metadata["services_status"]?.words
          == ["microservice1": "ok", "microservice2": "ok", "microservice3": "ok", "microservice4": "ok"])
      #expect(metadata["services_status"]?.keys == ["microservice1", "microservice2", "microservice3", "microservice4"])
      #expect(metadata["sections"]?.keys == sections.map(\.key))
      var fetched: [String] = []
      for (key, _, _) in sections {
        let section = try #require(metadata["sections"]?[key])
        #expect(section["state"]?.text == "fresh", "\(key)")
        #expect(section["reason"] == nil, "\(key)")
        expectTimestamp(section["fetched_at"], key)
        fetched.append(section["fetched_at"]?.text ?? "")
      }
      #expect(metadata["timestamp"]?.text == fetched.max(), "the newest section's")
    }
  }

  @Test func theFieldsSayHowLongEachServiceTookAndThatNoneFailed() async throws {
    try await withStack { stack in
      for path in [consolidated, summary] {
        let response = try await stack.get(path)
        #expect(response.status == 200)
        #expect(timingNames(response) == ["users", "accounts", "metrics", "dashboard"], "\(path)")
        #expect(response["proxy-status"] == nil, "\(path)")
        let caching = try #require(response["cache-control"])
        #expect(!caching.contains("no-store") && caching.contains("private"), "\(path): \(caching)")
      }
    }
  }

  @Test func anEmptyServiceIsNotABrokenOne() async throws {
    let size = DataSize(users: 0, accounts: 0, posts: 0, rows: 0)
    try await withStack(StackSetup(upstreams: UpstreamsConfiguration(size: size))) { stack in
      let response = try await stack.get(consolidated)
      #expect(response.status == 200)
      let document = try response.json
      #expect(document["metadata"]?["complete"]?.boolean == true)
      for (key, service, _) in sections {
        #expect(document["metadata"]?["services_status"]?[label(of: service)]?.text == "no_data", "\(key)")
        #expect(document["metadata"]?["sections"]?[key]?["state"]?.text == "fresh", "\(key)")
      }
      #expect(document["metrics"] == (try JSON(parsing: Array(#"{"items":[],"count":0,"dashboard":[]}"#.utf8))))
      #expect(response["proxy-status"] == nil)
    }
  }

  @Test func bigSectionsComeThroughWhole() async throws {
    let size = DataSize(users: 2000, accounts: 3000, posts: 1500, rows: 10)
    try await withStack(StackSetup(upstreams: UpstreamsConfiguration(size: size), places: 2)) { stack in
      let response = try await stack.get(consolidated)
      let document = try response.json
      #expect(document["metadata"]?["complete"]?.boolean == true)
      for (key, service, _) in sections {
        let source = try #require(document.members.first { $0.key == key }?.source)
        let original = try await stack.original(of: service)
        #expect(response.body[source].elementsEqual(original.body), "\(key)")
      }
    }
  }

  @Test func numbersUnknownFieldsAndBlanksAreNotTouched() async throws {
    let users = #" [ {"id" : 1.50e2,"extra":[1e999,-0.0,12345678901234567890.123],"email":"\u00e9\/","z":{} , "a":[[]]} ] "#
    try await ScriptedUpstream.with { _ in
      ScriptedUpstream.Reply(body: Array(users.utf8))
    } test: { server in
      try await withStack(StackSetup(environment: ["MICROSERVICE1_URL": server.url])) { stack in
        let response = try await stack.get(consolidated)
        let document = try response.json
        let member = try #require(document.members.first { $0.key == "users" })
        let section = String(decoding: response.body[member.source], as: UTF8.self)
        #expect(section == users.split(separator: " [", maxSplits: 1).map { "[" + $0 }[0].trimmingBlanksAtEnd)
        #expect(document["metadata"]?["total_users"]?.int == 1)
      }
    }
  }
}

extension String {
  var trimmingBlanksAtEnd: String {
    guard let last = lastIndex(where: { $0 != " " }) else { return "" }
    return String(self[...last])
  }
}
