import Testing

/// The demo's dashboard in a browser, and its switches.
@Suite(.serialized) struct DemoPageTests {
  private let browser = [("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")]

  @Test func theDashboardShowsWhatTheDocumentsHold() async throws {
    try await withDemo(places: 3) { try await checkPage("demo-rows", $0.address) }
  }

  @Test func aFaultTurnsTheLightAndMarksTheSectionUntilItIsHealed() async throws {
    try await withDemo(places: 3) { try await checkPage("demo-faults", $0.address) }
  }

  @Test func withoutAnyServiceThePageSaysThatThereIsNoDocument() async throws {
    try await withDemo(places: 3) { try await checkPage("demo-nothing", $0.address) }
  }

  @Test func theDashboardOfOneUserIsAskedFor() async throws {
    try await withDemo(places: 3) { try await checkPage("demo-user", $0.address) }
  }

  @Test func theKeyboardReachesEveryControlOfTheDashboard() async throws {
    try await withDemo(places: 3) { try await checkPage("demo-keyboard", $0.address) }
  }

  @Test func theDashboardCanBeReadInLightAndDarkAndOnAPhone() async throws {
    try await withDemo(places: 3) { try await checkPage("demo-accessible", $0.address) }
  }

  @Test func whoDoesNotAskForAPageGetsJSONAsEver() async throws {
    try await withDemo { demo in
      let page = try await RawClient.fetch(port: demo.port, "/", fields: browser)
      #expect(page["content-type"] == "text/html; charset=utf-8")
      #expect(page["content-security-policy"]?.contains("default-src 'none'; script-src 'self'") == true)
      for fields in [[], [("Accept", "*/*")], [("Accept", "application/json, text/html;q=0.9")]] {
        let plain = try await RawClient.fetch(port: demo.port, "/", fields: fields)
        #expect(try plain.json["service"]?.text == "tributary")
        #expect(plain["vary"]?.contains("Accept") == true)
      }
    }
  }

  @Test func onlyTheDemoHasTheDashboardAndItsSwitches() async throws {
    try await withStack { stack in
      let root = try await stack.get("/", fields: browser)
      #expect(root["content-type"] == "application/json")
      for path in ["/demo/faults", "/demo/purge", "/demo/page.css", "/status", "/status.json"] {
        #expect(try await stack.get(path).status == 404, "\(path)")
      }
    }
  }

  @Test func aPageOfAnotherOriginBreaksNothing() async throws {
    try await withDemo { demo in
      let foreign = [("Origin", "https://evil.example")]
      let body = Array("hang".utf8)
      let refused = try await RawClient.fetch("PUT", port: demo.port, "/demo/faults/users", fields: foreign, body: body)
      #expect(refused.status == 403)
      #expect(try await RawClient.fetch("POST", port: demo.port, "/demo/purge", fields: foreign).status == 403)
      #expect(try await RawClient.fetch(port: demo.port, "/demo/faults").json["users"]?.text == "none")
      let taken = try await RawClient.fetch("PUT", port: demo.port, "/demo/faults/users", body: body)
      #expect(taken.status == 204)
      #expect(try await RawClient.fetch(port: demo.port, "/demo/faults").json["users"]?.text == "hang")
      let wrong = try await RawClient.fetch("PUT", port: demo.port, "/demo/faults/users", body: Array("explode".utf8))
      #expect(wrong.status == 400)
      #expect(try wrong.json["detail"]?.text?.contains("no such fault") == true)
    }
  }
}
