import Clients
import NIOCore
import RawJSON
import Resilience
import Testing

@testable import Aggregation

@Suite struct SectionReadingTests {
  @Test(arguments: ["{}", "7", #""text""#, "null", "true", #"{"items":[]}"#])
  func whatIsNoListIsAnotherShape(_ body: String) {
    for name in ["users", "scraped_accounts", "dashboard_data"] { #expect(refusal(name, body) == .wrongShape) }
  }

  @Test(arguments: ["[]", "[{}]", "7", "null", #""text""#])
  func whatIsNoObjectIsNoProfile(_ body: String) {
    #expect(refusal("users", body, as: .objectAsList) == .wrongShape)
  }

  @Test(arguments: [
    "[]", "{}", #"{"items":[],"count":0}"#, #"{"items":[],"dashboard":[]}"#, #"{"count":0,"dashboard":[]}"#,
    #"{"items":{},"count":0,"dashboard":[]}"#, #"{"items":[],"count":0,"dashboard":{}}"#,
    #"{"items":null,"count":0,"dashboard":[]}"#,
    #"{"items":[],"count":"5","dashboard":[]}"#, #"{"items":[],"count":null,"dashboard":[]}"#,
    #"{"items":[],"count":true,"dashboard":[]}"#,
    #"{"items":[],"count":[0],"dashboard":[]}"#, #"{"Items":[],"count":0,"dashboard":[]}"#,
    #"{"metrics":{"items":[],"count":0,"dashboard":[]}}"#,
    #"{"items":[],"items":5,"count":0,"dashboard":[]}"#,
  ])
  func metricsNeedItemsCountAndDashboard(_ body: String) {
    #expect(refusal("metrics", body) == .wrongShape)
  }

  @Test func theNamesOfMembersAreReadUnescaped() throws {
    #expect(try read("metrics", #"{"\u0069tems":[{}],"cou\u006Et":3,"dashboard":[]}"#).declaredCount == 3)
  }

  @Test(arguments: [
    "{", "[", "[{}", "[{}]]", "[{},]", "nul", "[{'id':1}]", "[{\"id\":01}]", "[{\"id\":1.}]", "[NaN]", "[{\"t\":\"\n\"}]",
    "<html>", "\u{FEFF}[]",
    "[] []", "OK", #"[{"t":"\x"}]"#, #"[{"t":"\u12"}]"#, "[{\"id\":+1}]", "[1 2]",
  ])
  func brokenJSONIsNone(_ body: String) {
    for name in sectionNames { #expect(refusal(name, body) == .notJSON) }
  }

  @Test(arguments: [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF5, 0x80, 0x80, 0x80]])
  func textThatIsNotUTF8IsNoJSON(_ bytes: [UInt8]) {
    #expect(refusal("users", Array(#"[{"t":""#.utf8) + bytes + Array(#""}]"#.utf8)) == .notJSON)
  }

  @Test func whiteSpaceAloneIsAnInvalidResponse() {
    for body in [" ", "\n\r\t "] { #expect(refusal("users", body).map { CallFailure($0).status } == .invalidResponse) }
  }

  @Test func anEmptyBodyIsAnEmptySection() {
    for (name, shape) in [
      ("users", SectionShape.list), ("users", .objectAsList), ("metrics", definition("metrics").everything.shape),
    ] {
      let section = SectionReading(section: name, shape: shape).empty(fetchedAt: Timestamp(milliseconds: 5))
      #expect(section.isEmpty && section.rowCount == 0 && section.declaredCount == 0 && section.fetchedAt.milliseconds == 5)
      #expect(outcome(definition(name), .fresh(section)).serviceStatus == .noData)
    }
  }

  @Test func anEmptyListIsNoDataAndNoFailure() throws {
    for outcome in try page(["[]", "[\n]", metricsBody([]), "[]"]) {
      #expect(outcome.serviceStatus == .noData && outcome.state == .fresh && outcome.failure == nil)
    }
  }

  @Test func oddElementsAmongObjectsAreToleratedAndCounted() throws {
    for name in ["users", "dashboard_data"] {
      let section = try read(name, #"[null,{"id":1},7,"x",[]]"#)
      #expect(section.rowCount == 5 && section.oddRows == 4)
    }
    let metrics = try read("metrics", metricsBody(["null", post(), "[]"]))
    #expect(metrics.rowCount == 3 && metrics.oddRows == 2)
  }

  @Test(arguments: ["[null]", "[1,2,3]", #"["a"]"#, "[[],[{}]]"])
  func aListOfNothingButOddElementsIsAnotherShape(_ list: String) {
    for name in ["users", "scraped_accounts", "dashboard_data"] { #expect(refusal(name, list) == .wrongShape) }
    #expect(refusal("metrics", #"{"items":\#(list),"count":1,"dashboard":[]}"#) == .wrongShape)
  }

  @Test(arguments: [
    ("0", 0), ("-1", -1), ("10000", 10_000), ("1e300", Int64.max), ("-1e300", .min), ("1e999", .max),
    ("9223372036854775807", .max),
    ("9223372036854775808", .max), ("2.9", 2), ("1e2", 100), ("-0.0", 0), ("1e-999", 0),
  ])
  func theCountIsReadWhateverItsSize(_ text: String, _ count: Int64) throws {
    let section = try read("metrics", metricsBody([post()], count: text))
    #expect(section.declaredCount == count && section.rowCount == 1)
    let outcomes = [
      missing("users"), missing("scraped_accounts"), outcome(definition("metrics"), .fresh(section)), missing("dashboard_data"),
    ]
    #expect(try JSONTree(consolidated(outcomes))["metadata"]?["total_posts_analyzed"] == .number("\(count)"))
  }

  @Test func depthIsLimited() {
    func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    #expect(refusal("users", #"[{"x":\#(nested(126))}]"#) == nil)
    #expect(refusal("users", #"[{"x":\#(nested(127))}]"#) == .notJSON)
    #expect(refusal("users", #"[{"x":\#(nested(100_000))}]"#) == .notJSON)
    #expect(refusal("metrics", String(repeating: #"{"items":"#, count: 100_000)) == .notJSON)
  }

  /// A row costs memory that `[{},{},…]` would multiply; both documents must see the same section.
  @Test func moreRowsThanAreEverReadAreRefusedByBothDocuments() {
    func rows(_ count: Int) -> String { String(repeating: "{},", count: count - 1) + "{}" }
    #expect(refusal("users", "[\(rows(200_000))]") == nil)
    #expect(refusal("users", "[\(rows(200_001))]") == .wrongShape)
    #expect(refusal("metrics", #"{"items":[\#(rows(200_001))],"count":1,"dashboard":[]}"#) == .wrongShape)
  }

  @Test func theBytesOfTheBodyAreKept() throws {
    let body = " [ {\"id\":7300000000000000001} ]\n"
    #expect(String(buffer: try read("users", body).body) == body)
  }

  @Test func aBodyThatDoesNotBeginAtTheFirstByteOfItsBufferIsReadAlike() throws {
    var buffer = ByteBuffer(string: "HTTP head" + #"[{"id":1,"email":"a@x"}]"# + "tail")
    buffer.moveReaderIndex(forwardBy: 9)
    let slice = buffer.readSlice(length: buffer.readableBytes - 4)
    let body = try #require(slice)
    let reading = SectionReading(section: "users", shape: .list)
    let section = try reading.section(from: body, for: .compute, fetchedAt: Timestamp(milliseconds: 0), with: JSONScanner())
    guard case .users(let users) = section.facts else { throw CallFailure(.wrongShape) }
    #expect(users.emails(of: [.number(1)]) == ["a@x"])
    #expect(consolidatedText([outcome(definition("users"), .fresh(section))]).hasPrefix(#"{"users":[{"id":1,"email":"a@x"}],"#))
  }
}
