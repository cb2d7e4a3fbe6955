import Settings
import Testing

@Suite struct BaseURLTests {
  @Test func itsPartsAreRead() throws {
    let url = try #require(BaseURL("HTTP://Users.Internal:8081/api/v1/"))
    #expect(url.scheme == "http" && url.host == "users.internal" && url.port == 8081 && url.pathPrefix == "/api/v1")
    #expect(url.text == "http://users.internal:8081/api/v1" && url.authority == "users.internal:8081")
  }

  @Test func withoutAPortTheSchemesOwnHolds() throws {
    #expect(try #require(BaseURL("https://a")).port == 443)
    #expect(try #require(BaseURL("http://a/")).port == 80)
    #expect(try #require(BaseURL("http://a/")).authority == "a")
    #expect(try #require(BaseURL("redis://r", schemes: ["redis"])).port == 6379)
    #expect(BaseURL("foo://a", schemes: ["foo"]) == nil)
  }

  @Test(arguments: [
    "http://[::1]:80/x", "http://127.0.0.1", "http://my_service-1.ns:1", "http://a/%20;x=1/~b", "http://[fe80::1]",
  ])
  func theseAreAddresses(_ text: String) {
    #expect(BaseURL(text)?.text == text)
  }

  @Test(arguments: [
    "", "users", "users:80", "http:/a", "http://", "http:///x", "ftp://a", "http://a:0", "http://a:65536",
    "http://a:", "http://a:b",
    "http://u:p@a", "http://u@a", "http://a?b", "http://a#b", "http://a/b?c", "http://a b", "http://a/\n", "http://a\r\nX: y",
    "http://999.1.1.1", "http://1", "http://[::1", "http://[::1%eth0]", "http://[::g]", "http://a..b", "http://é", "http://a/é",
    "http://a/%2", "http://a/%zz", "http://a/../b", "http://a/.", "http://a:99999999999999999999", "http://a:+80",
    "http://[::1]x",
    "http://[::1\u{0}]", "http://a:80:80", "//a", "http://-/\\", "HTTP:",
  ])
  func theseAreNot(_ text: String) {
    #expect(BaseURL(text) == nil)
  }

  @Test func aPasswordInAURLIsNeverPrinted() {
    let texts = [
      "http://user:hunter2@host", "ftp://hunter2@h", "http://h/?token=hunter2", "user:hunter2@host:80", "http://a:hunter2@b@c",
      "http://u:" + String(repeating: "hunter2", count: 30) + "@h",
    ]
    for text in texts {
      let settings = settings("a:\n  url: \(text)\n", environment: ["TRIBUTARY_B_URL": text])
      _ = settings.scope("a").url("url", default: localhost)
      _ = settings.scope("b").url("url", default: localhost)
      #expect(settings.lines.count == 2)
      #expect(settings.lines.allSatisfy { !$0.contains("hunter2") && $0.contains("***") }, "\(settings.lines)")
    }
  }

  @Test func theProblemSaysWhatIsAllowed() {
    let settings = settings("url: http://u:p@h:1/x\n")
    #expect(settings.url("url", default: localhost) == localhost)
    #expect(
      settings.lines == [
        """
        x.yaml:1: url: found "http://***@h:1/x", \
        allowed: a URL with the scheme http or https, a host, and no user name, query or fragment
        """
      ])
  }
}
