import TestSupport
import Testing
import Upstreams

/// Who has the answer already is told so, and nobody else.
@Suite struct EntityTagTests {
  @Test(arguments: [consolidated, summary]) func whoHasItIsToldSo(target: String) async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      _ = try await stack.get(target)
      let answer = try await stack.get(target)
      let tag = try #require(answer["etag"])
      for known in [tag, "W/\(tag)", "\"other\", \(tag)", "\"other\",W/\(tag),\"more\"", "*"] {
        let same = try await stack.get(target, fields: [("if-none-match", known)])
        #expect(same.status == 304 && same.body.isEmpty, "\(known)")
        #expect(same["etag"] == tag && same["vary"] == answer["vary"] && same.maxAge != nil)
        #expect(same["content-type"] == nil && same["content-encoding"] == nil)
        #expect(same.cacheStatus(of: "users")?.hasPrefix("hit") == true && same["x-request-id"] != nil)
      }
      for other in ["\"other\"", tag.dropLast() + "x\"", String(tag.dropFirst().dropLast()), "\"*\"", "*, \"a\"", ""] {
        let whole = try await stack.get(target, fields: [("if-none-match", "\(other)")])
        #expect(whole.status == 200 && whole.body == answer.body, "\(other)")
      }
    }
  }

  @Test func theTagOfOneCodingIsNotThatOfAnother() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      _ = try await stack.get(consolidated)
      var tags: [String: String] = [:]
      for coding in ["identity", "gzip", "br"] {
        tags[coding] = try await stack.get(consolidated, fields: [("accept-encoding", coding)])["etag"]
      }
      #expect(Set(tags.values).count == 3)
      for (wanted, _) in tags {
        for (known, tag) in tags {
          let answer = try await stack.get(consolidated, fields: [("accept-encoding", wanted), ("if-none-match", tag)])
          #expect(answer.status == (wanted == known ? 304 : 200), "\(known) for \(wanted)")
          #expect(answer["etag"] == tags[wanted])
        }
      }
    }
  }

  @Test func bodiesDecodeToTheSameDocument() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      for target in [consolidated, summary] {
        _ = try await stack.get(target)
        let plain = try await stack.get(target)
        #expect(plain["content-encoding"] == nil)
        for (accepted, coding) in [
          ("gzip", "gzip"), ("br", "br"), ("br;q=0.1, gzip;q=0.9", "gzip"), ("gzip;q=0.1, br", "br"), ("gzip, br;q=0", "gzip"),
          ("*;q=0.5, br;q=0", "gzip"), ("GZIP", "gzip"),
        ] {
          let answer = try await stack.get(target, fields: [("accept-encoding", accepted)])
          #expect(answer["content-encoding"] == coding, "\(accepted)")
          #expect(answer["vary"] == "accept-encoding" && answer["content-type"] == "application/json")
          #expect(answer.body.count < plain.body.count)
          #expect(ContentDecoding.decode(answer.body, coding, room: plain.body.count) == plain.body, "\(accepted)")
        }
        for accepted in ["gzip;q=0, br;q=0", "identity", "zstd", "", "gzip;q=0"] {
          let answer = try await stack.get(target, fields: [("accept-encoding", accepted)])
          #expect(answer["content-encoding"] == nil && answer.body == plain.body, "\(accepted)")
        }
      }
    }
  }

  @Test func whatHasBeenFetchedAnewHasAnotherTag() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      _ = try await stack.get(consolidated)
      let tag = try #require(try await stack.get(consolidated)["etag"])
      let admin = try await stack.gateway.adminPort
      let purge = try await ChildProcess.run(["purge", "--all", "--hard", "--url", "http://127.0.0.1:\(admin)"])
      #expect(purge.ending == .exit(0) && purge.output.first?.hasPrefix("4 entries removed") == true, "\(purge.output)")
      let answer = try await stack.get(consolidated, fields: [("if-none-match", tag)])
      #expect(answer.status == 200 && answer["etag"] != tag)
      for name in ServiceName.allCases { #expect(stack.calls(of: name) == 2) }
    }
  }

  @Test func aSoftPurgeOfOneSectionRefreshesThatOneAlone() async throws {
    try await withStack(StackSetup(caches: true)) { stack in
      _ = try await stack.get(consolidated)
      let admin = try await stack.gateway.adminPort
      let purge = try await ChildProcess.run(["purge", "users", "--url", "http://127.0.0.1:\(admin)"])
      #expect(purge.ending == .exit(0) && purge.output.first?.hasPrefix("1 entry marked stale") == true, "\(purge.output)")
      let stale = try await stack.get(consolidated)
      #expect(try stale.json["metadata"]?["sections"]?["users"]?["reason"]?.text == "revalidating")
      #expect(stale["cache-control"] == "no-store" && stale["etag"] == nil)
      try await stack.whole(within: .seconds(10))
      try await within(.seconds(10), "a document of fresh parts") { [stack] in
        while try await stack.get(consolidated)["etag"] == nil { try Task.checkCancellation() }
      }
      #expect(stack.calls(of: .users) == 2 && stack.calls(of: .metrics) == 1)
    }
  }
}
