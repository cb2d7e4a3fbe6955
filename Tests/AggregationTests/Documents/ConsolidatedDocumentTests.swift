import Clients
import NIOCore
import Testing

@testable import Aggregation

@Suite struct ConsolidatedDocumentTests {
  @Test func itIsExactlyThis() throws {
    let outcomes = try page(failures: ["scraped_accounts": .unauthorized])
    #expect(
      consolidatedText(outcomes) == #"{"users":"# + smallBodies[0] + #","scraped_accounts":[],"metrics":"# + smallBodies[2]
        + #","dashboard_data":"# + smallBodies[3] + #","metadata":{"total_users":1,"total_accounts":0,"total_posts_analyzed":1,"#
        + #""timestamp":"1970-01-01T00:00:04.000Z","services_status":{"microservice1":"ok","microservice2":"unauthorized","#
        + #""microservice3":"ok","microservice4":"ok"},"complete":false,"sections":{"#
        + #""users":{"state":"fresh","fetched_at":"1970-01-01T00:00:01.000Z"},"#
        + #""scraped_accounts":{"state":"missing","fetched_at":null,"reason":"unauthorized"},"#
        + #""metrics":{"state":"fresh","fetched_at":"1970-01-01T00:00:03.000Z"},"#
        + #""dashboard_data":{"state":"fresh","fetched_at":"1970-01-01T00:00:04.000Z"}}}}"#)
  }

  @Test func theFiveKeysAreAlwaysThereInTheirOrder() throws {
    let keys = sectionNames + ["metadata"]
    #expect(try JSONTree(consolidated(page())).keys == keys)
    for name in sectionNames {
      #expect(try JSONTree(consolidated(page(failures: [name: .timeout]))).keys == keys)
    }
    #expect(try JSONTree(consolidated(sectionNames.map { missing($0) })).keys == keys)
  }

  @Test func aMissingSectionIsFilledWithAnEmptyOneOfItsShape() throws {
    let document = consolidatedText(sectionNames.map { missing($0) })
    let start =
      #"{"users":[],"scraped_accounts":[],"metrics":{"items":[],"count":0,"dashboard":[]},"dashboard_data":[],"metadata":{"#
    #expect(document.hasPrefix(start))
    let ofOne = sectionNames.map { missing($0, oneUser: true) }
    #expect(consolidatedText(ofOne).hasPrefix(start))
  }

  @Test func anEmptyAnswerIsFilledLikeAMissingOne() throws {
    let document = consolidatedText(sectionNames.map { empty($0) })
    #expect(
      document.hasPrefix(
        #"{"users":[],"scraped_accounts":[],"metrics":{"items":[],"count":0,"dashboard":[]},"dashboard_data":[],"metadata":{"#))
    #expect(consolidatedText(sectionNames.map { empty($0, oneUser: true) }).hasPrefix(#"{"users":[],"scraped_accounts":[],"#))
  }

  @Test(arguments: [
    #"[{"id":7300000000000000001}]"#, " [ {\t\"id\" :\r\n 1.50e+03 , \"x\":\n[ ] } ] \n", #"[{"id":1e999,"n":-0.0,"d":0.10}]"#,
    #"[{"t":"\u0041\/\ud83d\ude00\ud800\"\\"}]"#, #"[{"b":1,"a":2,"b":3,"unknown":{"deep":[[null,true]]}}]"#,
    "[{\"t\":\"日本\u{7F}é\"}]",
  ])
  func aSectionGoesThroughByteForByte(_ body: String) throws {
    let outcomes = [try fresh("users", body)] + (try page()).dropFirst()
    #expect(consolidatedText(outcomes).hasPrefix(#"{"users":"# + body + #","scraped_accounts":["#))
    #expect(try JSONTree(consolidated(outcomes))["users"] == JSONTree(body))
  }

  @Test func theMetricsSectionKeepsItsUnknownMembersAndItsOrder() throws {
    let body =
      #"{ "dashboard":[{"metric":"totals","avgEngagement":0.0700}], "extra":{"x":1E5},"count":12 ,"items":[{"postId":"1"}]}"#
    var bodies = smallBodies
    bodies[2] = body
    let document = consolidatedText(try page(bodies))
    #expect(document.contains(#","metrics":"# + body + #","dashboard_data":"#))
    #expect(try JSONTree(document)["metadata"]?["total_posts_analyzed"] == .number("12"))
  }

  @Test func aProfileIsAListOfOne() throws {
    let profile = " {\"id\":7 ,\"email\":\"g@x\"}\n"
    let outcomes = [try fresh("users", profile, oneUser: true)] + (try page()).dropFirst()
    let document = consolidatedText(outcomes)
    #expect(document.hasPrefix(#"{"users":["# + profile + #"],"scraped_accounts":"#))
    #expect(try JSONTree(document)["metadata"]?["total_users"] == .number("1"))
  }

  @Test func theTotalsAreTheLengthsOfTheListsAndTheCount() throws {
    let metadata = try #require(
      try JSONTree(
        consolidated(page([#"[{"id":1},{"id":2},{"id":3}]"#, #"[{},{}]"#, metricsBody([post()], count: "9876543210"), "[]"])))[
          "metadata"])
    #expect(metadata["total_users"] == .number("3") && metadata["total_accounts"] == .number("2"))
    #expect(metadata["total_posts_analyzed"] == .number("9876543210"))
  }

  @Test func theSameOutcomesGiveTheSameBytes() throws {
    #expect(consolidated(try page()) == consolidated(try page()))
    #expect(summary(try page()) == summary(try page()))
  }

  @Test func aBigDocumentIsPiecesThatSayTheSame() throws {
    let filling = String(repeating: "x", count: 300_000)
    func bodies(_ text: String) -> [String] {
      [
        #"[{"id":1,"t":"\#(text)"}]"#, #"[{"userId":1,"t":"\#(text)"}]"#, metricsBody([post(account: "\"\(text)\"")]),
        #"[{"t":"\#(text)"}]"#,
      ]
    }
    let big = consolidatedPieces(try page(bodies(filling)))
    let small = consolidatedPieces(try page(bodies("@@@")))
    #expect(big.count > 4 && small.count == 1)
    let text = big.map { String(buffer: $0) }.joined()
    #expect(
      text
        == small.map { String(buffer: $0) }.joined().split(separator: "@@@", omittingEmptySubsequences: false).joined(
          separator: filling))
  }

  @Test func aBigSectionIsNeverCopied() throws {
    let body = ByteBuffer(string: "[{\"t\":\"" + String(repeating: "x", count: 400_000) + "\"}]")
    var outcomes = try page()
    outcomes[3] = try fresh("dashboard_data", String(buffer: body))
    let section = try #require(outcomes[3].section)
    let same = consolidatedPieces(outcomes).contains { piece in
      piece.withUnsafeReadableBytes { here in section.body.withUnsafeReadableBytes { $0.baseAddress == here.baseAddress } }
    }
    #expect(same)
  }

  @Test func aBigProfileIsAListOfOneToo() throws {
    let profile = #"{"id":7,"t":"\#(String(repeating: "x", count: 300_000))"}"#
    let outcomes = [try fresh("users", profile, oneUser: true)] + (try page()).dropFirst()
    #expect(consolidatedText(outcomes).hasPrefix(#"{"users":["# + profile + #"],"scraped_accounts":"#))
  }

  @Test func aFifthSectionStandsBeforeMetadata() throws {
    let fifth = SectionDefinition(
      name: "questions", upstream: "forms", everything: SectionRequest(RequestTemplate(.get, "/q"), shape: .list))
    let section = try read("questions", #"[{"q":1}]"#, as: .list, at: 9000)
    let document = consolidatedText(try page() + [outcome(fifth, .fresh(section))])
    #expect(document.contains(#","dashboard_data":[{"adminId":1}],"questions":[{"q":1}],"metadata":{"#))
    let metadata = try #require(try JSONTree(document)["metadata"])
    #expect(metadata["sections"]?.keys == sectionNames + ["questions"])
    #expect(metadata["services_status"]?["forms"] == .string("ok") && metadata["timestamp"] == .string(moment(9)))
  }
}
