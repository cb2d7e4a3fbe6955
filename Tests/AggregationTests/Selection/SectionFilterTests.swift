import Clients
import Testing

@testable import Aggregation

@Suite struct SectionFilterTests {
  private static func value(_ kind: SectionFilter.Kind, _ text: String) -> String? {
    SectionFilter("x", kind, "X").applied(Array(text.utf8))?.json
  }

  @Test func numbersThatAreEqualAreOneText() {
    for text in ["0.5", "00.5", "0.50", "0.5000000000000"] { #expect(Self.value(.number, text) == "0.5") }
    for (text, json) in [
      ("0", "0"), ("007", "7"), ("1.0", "1"), ("123456789012345", "123456789012345"), ("10", "10"), ("0.0", "0"),
    ] {
      #expect(Self.value(.number, text) == json)
    }
    for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1.2.3", " 1", "1 ", "١", "NaN", "0x1", "1234567890123456", "1,5"] {
      #expect(Self.value(.number, text) == nil, "\(text)")
    }
    #expect(Self.value(.integer, "12") == "12" && Self.value(.integer, "12.0") == nil)
  }

  @Test func datesAreDaysThatExist() {
    #expect(Self.value(.date, "2024-02-29") == "\"2024-02-29\"")
    for text in ["2025-02-29", "2025-13-01", "2025-1-01", "2025-01-01T00", "", "0000-00-00", "2025/01/01", "２０２５-01-01"] {
      #expect(Self.value(.date, text) == nil, "\(text)")
    }
  }

  @Test func theyStandInTheBodyOrInTheQuery() throws {
    let filters = try ["datePostedFrom": "2025-01-02", "minViews": "5"].sorted { $0.key < $1.key }.map { member, text in
      let kind = member == "minViews" ? SectionFilter.Kind.integer : .date
      return (member: member, filter: try #require(SectionFilter(member, kind, member).applied(Array(text.utf8))))
    }
    let members = #""datePostedFrom":"2025-01-02","minViews":5"#
    for (body, filtered) in [
      ("{}", "{\(members)}"), ("{ }", "{ \(members)}"), (#"{"userId":{user_id}}"#, #"{"userId":7,\#(members)}"#),
      (" {\"a\":{}} ", " {\"a\":{},\(members)} "),
    ] {
      let template = RequestTemplate(.post, "/x", body: body)
      #expect(template.filtered(by: filters).rendered(for: 7).body == filtered)
      #expect(template.filtered(by: []) == template)
    }
    #expect(RequestTemplate(.get, "/x").filtered(by: filters).path == "/x?datePostedFrom=2025-01-02&minViews=5")
    #expect(RequestTemplate(.get, "/x?y=1").filtered(by: filters).path == "/x?y=1&datePostedFrom=2025-01-02&minViews=5")
  }
}
