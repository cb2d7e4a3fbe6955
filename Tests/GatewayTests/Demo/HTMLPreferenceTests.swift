import HTTPTypes
import Testing

@testable import Gateway

@Suite struct HTMLPreferenceTests {
  @Test(arguments: [
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html", "TEXT/HTML , application/json;q=0.5",
    "text/html;q=0.2, application/json;q=0, */*", "text/html;level=1;q=0.5, */*;q=0.4", "text/html; charset=\"a\\\"b;q=0\"",
    "text/html, application/*;q=0.3",
  ])
  func aBrowserWouldRatherHaveAPage(accept: String) {
    #expect(HTMLPreference.holds(for: [.accept: accept]))
  }

  @Test(arguments: [
    "*/*", "application/json", "text/html, application/json", "text/html;q=0.5, */*", "text/html;q=0", "text/html;q=2", "",
    "text/*", "text/html;q=abc, application/json;q=0.1", "text/html;q=1e0", "text/html;q=0x1p-1", "text/html;q=0.1234",
    "text/html;q=nan",
    "text/html;level=1;q=0.3, */*;q=0.4", "text/html;a=\"b",
  ])
  func everybodyElseWouldNot(accept: String) {
    #expect(!HTMLPreference.holds(for: [.accept: accept]))
  }

  @Test func whoSaysNothingWouldNot() { #expect(!HTMLPreference.holds(for: [:])) }
}
