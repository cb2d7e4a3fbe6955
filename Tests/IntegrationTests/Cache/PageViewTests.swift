import Testing
import Upstreams

/// What a page costs the services, and what its answers say of the cache.
@Suite struct PageViewTests {
  @Test func fiftyPagesAtOnceCostFourCalls() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      let port = stack.gateway.port
      let answers = try await atOnce(Array(0..<100)) { number in
        try await RawClient.fetch(port: port, number % 2 == 0 ? consolidated : summary)
      }
      #expect(answers.allSatisfy { Glimpse($0).isWhole() })
      for name in ServiceName.allCases { #expect(stack.calls(of: name) == 1, "\(name)") }
    }
  }

  @Test func missAndHitSayWhatTheyAre() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      let miss = try await stack.get(consolidated)
      #expect(sections.allSatisfy { miss.cacheStatus(of: $0.key) == "fwd=miss;stored" })
      let hit = try await stack.get(consolidated)
      #expect(hit.isHit(in: "memory"), "\(hit["cache-status"] ?? "")")
      for (answer, state) in [(miss, "fresh"), (hit, "cached")] {
        let metadata = try #require(try answer.json["metadata"])
        #expect(sections.allSatisfy { metadata["sections"]?[$0.key]?["state"]?.text == state })
        #expect(
          metadata["complete"]?.boolean == true && metadata["services_status"]?.words.values.allSatisfy { $0 == "ok" } == true)
        #expect((0...33).contains(answer.maxAge ?? -1), "\(answer["cache-control"] ?? "")")
        #expect(answer["age"].flatMap { Int($0) } != nil && answer["vary"] == "accept-encoding")
        #expect(answer["etag"]?.wholeMatch(of: /"[A-Za-z0-9_-]{22}"/) != nil)
      }
      #expect(try hit.json["metadata"]?["timestamp"] == miss.json["metadata"]?["timestamp"])
      for (key, _, _) in sections { #expect(try hit.json[key] == miss.json[key]) }
    }
  }

  @Test func headSaysWhatGetWouldSay() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      for target in [consolidated, summary] {
        _ = try await stack.get(target)
        let get = try await stack.get(target)
        let head = try await RawClient.fetch("HEAD", port: stack.gateway.port, target)
        #expect(head.status == 200 && head.body.isEmpty)
        for field in ["etag", "content-length", "content-type", "vary"] { #expect(head[field] == get[field], "\(field)") }
        #expect(head.maxAge != nil)
        let known = try await RawClient.fetch(
          "HEAD", port: stack.gateway.port, target, fields: [("if-none-match", get["etag"] ?? "")])
        #expect(known.status == 304)
      }
    }
  }

  @Test func whoseIdentityIsForwardedIsWhatAnswersVaryBy() async throws {
    try await withStack(StackSetup(hasCredentials: false, caches: true)) { stack in
      let answer = try await stack.get(consolidated, fields: IdentityTests.identity)
      #expect(answer["vary"] == "accept-encoding, authorization, x-user-id, x-user-role")
      #expect(try await stack.get(consolidated, fields: IdentityTests.identity).isHit(in: "memory"))
      let other = try await stack.get(consolidated, fields: [("authorization", "Bearer admin-token")])
      #expect(other.cacheStatus(of: "users")?.hasPrefix("hit") == true)
      #expect(other.cacheStatus(of: "scraped_accounts") == "fwd=miss;fwd-status=401")
    }
  }

  @Test func aPartialAnswerIsNobodysToKeep() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      try await stack.setFault(.status(401), of: .metrics)
      for target in [consolidated, summary] {
        for fields in [[], [("if-none-match", "*")], [("accept-encoding", "gzip")]] {
          let answer = try await stack.get(target, fields: fields)
          #expect(answer.status == 200 && answer["cache-control"] == "no-store")
          #expect(answer["etag"] == nil && answer["age"] == nil)
          #expect(answer["vary"] == "accept-encoding")
        }
      }
      // The rest of it is kept all the same.
      #expect(stack.calls(of: .users) == 1)
    }
  }

  @Test(arguments: [
    (Fault.refuse, "unavailable", "connection_refused"), (.hang, "timeout", "timeout"),
    (.status(500), "unavailable", "server_error"),
  ])
  func aDeadServiceShowsInOnePlaceAndItsOldDataInAnother(fault: Fault, word: String, reason: String) async throws {
    let setup = StackSetup(
      deadline: "1s", caches: true,
      environment: [
        "TRIBUTARY_CACHE_TTL": "0s", "TRIBUTARY_CACHE_STALE_WHILE_REVALIDATE": "0s", "TRIBUTARY_CACHE_NEGATIVE_TTL": "1m",
      ])
    try await withStack(setup) { stack in
      let good = try await stack.get(consolidated).json
      try await stack.setFault(fault, of: .users)
      for _ in 0..<2 {
        let answer = try await stack.get(consolidated)
        #expect(answer.status == 200 && answer["cache-control"] == "no-store" && answer["etag"] == nil)
        let document = try answer.json
        #expect(document["users"] == good["users"])
        let metadata = try #require(document["metadata"])
        #expect(metadata["services_status"]?["microservice1"]?.text == word)
        let section = metadata["sections"]?["users"]
        #expect(section?["state"]?.text == "stale" && section?["reason"]?.text == reason)
        #expect(section?["fetched_at"] == good["metadata"]?["sections"]?["users"]?["fetched_at"])
        #expect(metadata["complete"]?.boolean == false)
        #expect(answer.cacheStatus(of: "users")?.hasPrefix("fwd=stale") == true)
        #expect(proxyStatus(answer)["users"]?.contains(reason) == true)
      }
      let derived = try await stack.get(summary).json["metadata"]?["derived"]
      #expect(derived?["rankings"]?["quality"]?.text == "degraded")
      #expect(derived?["trends"]?["quality"]?.text == "complete")
      let strict = try await stack.get(consolidated, fields: [("prefer", "handling=strict")])
      #expect(strict.status == 503)
    }
  }
}
