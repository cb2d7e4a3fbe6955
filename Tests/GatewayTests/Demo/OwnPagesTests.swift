import Foundation
import NIOCore
import Testing

@testable import Gateway

@Suite struct OwnPagesTests {
  @Test(arguments: WebPage.demo + WebPage.status) func everyPageHasItsFile(page: WebPage) throws {
    #expect(try #require(WebAsset(page.asset)).bytes.readableBytes > 0)
  }

  @Test(arguments: [("pages/demo.html", WebPage.demo), ("pages/status.html", WebPage.status)])
  func whatAPageLoadsIsBesideItAndNowhereElse(asset: String, parts: [WebPage]) throws {
    let html = String(buffer: try #require(WebAsset(asset)).bytes)
    let loaded = html.matches(of: /(?:<script[^>]* src|<link[^>]* href)="([^"]*)"/).map { String($0.output.1) }
    #expect(Set(loaded) == Set(parts.map(\.path)).subtracting(["/status"]))
    // A policy that allows none of them would leave the page without.
    #expect(!html.contains("style=") && !html.contains("<style") && !html.contains(" onclick"))
    #expect(!html.contains("http://") && !html.contains("https://"))
  }

  @Test func onlyPagesHaveAPolicyOfTheirOwn() {
    #expect(WebPage.status.filter { $0.policy != nil }.map(\.path) == ["/status"])
    #expect(WebPage.demo.allSatisfy { $0.policy == nil })
  }
}
