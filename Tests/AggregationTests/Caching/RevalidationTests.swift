import Caching
import Clients
import Testing

@testable import Aggregation

/// What is too old to be used is asked after, and not fetched again where it still holds.
@Suite(.timeLimit(.minutes(1))) struct RevalidationTests {
  private static let date = "Sun, 01 Mar 2026 09:30:00 GMT"

  @Test(arguments: [
    ("etag", "\"v1\"", "if-none-match"), ("etag", "W/\"v1\"", "if-none-match"), ("last-modified", date, "if-modified-since"),
  ])
  func whatStillHoldsIsKeptWithItsBody(field: String, value: String, condition: String) async throws {
    try await CachedPage.run(.init(.with(ttl: 0))) {
      $0[condition] == value ? .status(304, (field, value)) : .call($0, (field, value))
    } test: { page in
      let first = await page.get()
      #expect(first.call == 1 && page.service.requests[0][condition] == nil)
      let before = try #require(first.shown?["fetched_at"]?.text)
      for round in 2...4 {
        let document = await page.get()
        #expect(document.call == 1 && document.first?.state == .fresh && document.isComplete)
        #expect(try #require(document.shown?["fetched_at"]?.text) >= before)
        #expect(page.service.requests.count == round)
      }
      #expect(page.service.requests.dropFirst().allSatisfy { $0[condition] == value })
    }
  }

  @Test func whatHasChangedTakesItsPlace() async throws {
    try await CachedPage.run(.init(.with(ttl: 0))) {
      .call($0, ("etag", "\"v\($0.number)\""))
    } test: { page in
      for round in 1...3 { #expect(await page.get().call == Int64(round)) }
      #expect(page.service.requests.map { $0["if-none-match"] } == [nil, "\"v1\"", "\"v2\""])
    }
  }

  @Test func thatItHoldsMakesItFreshAgain() async throws {
    // The service allows no time at first, and then an hour.
    try await CachedPage.run(.init(.with(ttl: 3600))) {
      $0["if-none-match"] == nil
        ? .call($0, ("etag", "\"1\""), ("cache-control", "no-cache")) : .status(304, ("cache-control", "max-age=3600"))
    } test: { page in
      for state in [SectionState.fresh, .fresh, .cached] { #expect(await page.get().first?.state == state) }
      #expect(page.service.requests.count == 2)
    }
  }

  /// RFC 9111 §3.2: what a 304 does not say is as it was.
  @Test func whatTheServiceOnceForbadeStaysForbidden() async throws {
    try await CachedPage.run {
      $0["if-none-match"] == nil ? .call($0, ("etag", "\"1\""), ("cache-control", "no-cache")) : .status(304)
    } test: { page in
      for _ in 0..<4 { #expect(await page.get().call == 1) }
      #expect(page.service.requests.count == 4)
    }
  }

  /// RFC 9110 §13.1.2: to a POST it would mean "do it only if …", and fail where nothing has changed.
  @Test func aQuestionThatIsPostedIsNotConditional() async throws {
    var setup = CachedPage.Setup(.with(ttl: 0))
    setup.method = .post
    try await CachedPage.run(setup) {
      $0["if-none-match"] == nil ? .call($0, ("etag", "\"1\"")) : .status(412)
    } test: { page in
      for round in 1...3 { #expect(await page.get().call == Int64(round)) }
    }
  }

  @Test func aRefreshInTheBackgroundAsksWhetherItHolds() async throws {
    try await CachedPage.run(.init(.with(ttl: 0, whileRevalidate: 600))) {
      $0["if-none-match"] == "\"1\"" ? .status(304) : .call($0, ("etag", "\"1\""))
    } test: { page in
      _ = await page.get()
      let version = await page.get().first?.cache?.version
      try await page.service.asked(times: 2)
      try await page.settled()
      let document = await page.get()
      #expect(document.call == 1 && document.first?.cache?.version != version)
    }
  }

  @Test func a304ThatWasNotAskedForIsAFailure() async throws {
    try await CachedPage.run { _ in
      .status(304)
    } test: { page in
      let document = await page.get()
      #expect(document.bytes == nil && document.first?.state == .missing)
    }
  }

  @Test func onePrincipalsTagIsNotShownForAnother() async throws {
    try await CachedPage.run(.init(.with(ttl: 0))) {
      .call($0, ("etag", "\"\($0["authorization"] ?? "")\""))
    } test: { page in
      for principal in ["a", "b", "a"] { _ = await page.get(as: principal) }
      #expect(page.service.requests.map { $0["if-none-match"] } == [nil, nil, "\"a\""])
    }
  }
}
