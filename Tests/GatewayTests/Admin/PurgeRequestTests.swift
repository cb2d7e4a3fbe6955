import Testing

@testable import Gateway

/// What is understood as a purge, and what is said of anything else.
@Suite struct PurgeRequestTests {
  private static func fault(_ json: String) throws -> String? {
    do { _ = try PurgeRequest(json: Array(json.utf8)) } catch let fault as PurgeRequest.Fault { return fault.sentence }
    return nil
  }

  @Test func itIsSoftUnlessItSaysHard() throws {
    let soft = try PurgeRequest(tags: ["users", "user:7"], isHard: false)
    #expect(try PurgeRequest(json: Array(#"{"tags":["users","user:7"]}"#.utf8)) == soft)
    #expect(try PurgeRequest(json: Array(#" { "mode" : "soft" , "tags":["\u0075sers", "user:7"] } "#.utf8)) == soft)
    #expect(try PurgeRequest(json: Array(#"{"mode":"hard","tags":["*"]}"#.utf8)) == PurgeRequest(tags: ["*"], isHard: true))
  }

  @Test(arguments: [
    ("", "empty"), ("{", "JSON"), ("{\"tags\":[\"a\"]}}", "JSON"), ("[\"users\"]", "object"), ("null", "object"),
    ("{}", "tags is missing"), (#"{"mode":"soft"}"#, "tags is missing"), (#"{"tags":"users"}"#, "tags must be a list"),
    (#"{"tags":{"a":"b"}}"#, "tags must be a list"), (#"{"tags":[]}"#, "tags must have 1 to 256"),
    (#"{"tags":["a",7]}"#, "tags[1] must be a string"), (#"{"tags":["a",""]}"#, "tags[1] must have 1 to 256"),
    (#"{"tags":["a b"]}"#, "tags[0]"), (#"{"tags":["a\n"]}"#, "tags[0]"), (#"{"tags":["é"]}"#, "tags[0]"),
    (#"{"tags":["a"],"mode":"Soft"}"#, "mode must be"), (#"{"tags":["a"],"mode":null}"#, "mode must be"),
    (#"{"tags":["a"],"tag":[]}"#, "\"tag\" is unknown"), (#"{"tags":["a"],"tags":["b"]}"#, "tags stands twice"),
    (#"{"tags":["a"],"mode":"soft","mode":"soft"}"#, "mode stands twice"),
    (#"{"tags":[[[[[[[[[["a"]]]]]]]]]]}"#, "JSON that can be read"),
  ])
  func whatIsWrongIsNamed(json: String, words: String) throws {
    let fault = try #require(try Self.fault(json))
    #expect(fault.contains(words), "\(fault)")
  }

  @Test func aNameOfAStrangerIsCut() throws {
    let fault = try Self.fault("{\"\(String(repeating: "x", count: 5000))\":1}")
    #expect(try #require(fault).utf8.count < 200)
  }

  @Test func theLimitsAreReachedAndNotPassed() throws {
    let long = String(repeating: "x", count: PurgeRequest.maxTag)
    let most = Array(repeating: long, count: PurgeRequest.maxTags)
    let whole = try PurgeRequest(tags: most, isHard: true)
    #expect(try PurgeRequest(json: whole.json) == whole)
    #expect(throws: PurgeRequest.Fault.self) { try PurgeRequest(tags: most + ["x"], isHard: true) }
    #expect(throws: PurgeRequest.Fault.self) { try PurgeRequest(tags: [long + "x"], isHard: true) }
  }

  @Test(arguments: [PurgeReport.Spread.notNeeded, .spread, .failed("Redis does not answer: \"timeout\"")])
  func aReportIsReadAsItWasWritten(spread: PurgeReport.Spread) throws {
    let report = PurgeReport(entries: 12, spread: spread)
    #expect(PurgeReport(json: report.json(for: try PurgeRequest(tags: ["a"], isHard: false))) == report)
  }

  @Test(arguments: ["", "{}", #"{"entries":1}"#, #"{"entries":-1e99,"spread":"done"}"#, #"{"entries":1,"spread":"perhaps"}"#])
  func whatIsNoReportIsNone(json: String) { #expect(PurgeReport(json: Array(json.utf8)) == nil) }
}
