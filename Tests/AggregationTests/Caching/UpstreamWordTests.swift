import Caching
import Clients
import Testing

@testable import Aggregation

/// An upstream's own word counts where it is stricter.
@Suite(.timeLimit(.minutes(1))) struct UpstreamWordTests {
  @Test(arguments: [
    "no-store", "no-cache", "max-age=0", "s-maxage=0", "max-age=600, s-maxage=0", "max-age=nonsense", "No-Store",
    "private, no-store",
    "no-cache=\"set-cookie\"",
  ])
  func whatItForbidsIsAskedAgain(control: String) async throws {
    try await CachedPage.run {
      .call($0, ("cache-control", control))
    } test: { page in
      #expect(await page.get().call == 1)
      #expect(await page.get().call == 2)
    }
  }

  @Test(arguments: ["private", "private=\"x-user-id\""]) func whatIsForOneIsNotKeptForAll(control: String) async throws {
    for (scope, calls) in [(CachePolicy.Scope.public, Int64(2)), (.principal, 1)] {
      try await CachedPage.run(.init(.with(scope, ttl: 3600))) {
        .call($0, ("cache-control", control))
      } test: { page in
        _ = await page.get(as: "one")
        #expect(await page.get(as: "one").call == calls)
      }
    }
  }

  @Test(arguments: [
    ("*", true, true), ("Authorization", false, true), ("X-User-ID", false, true), ("Cookie", false, true),
    ("accept-encoding", false, false), ("Origin, AUTHORIZATION", false, true),
  ])
  func whatVariesByWhatTheKeyDoesNotHoldIsNotKept(vary: String, forPrincipals: Bool, forAll: Bool) async throws {
    for (scope, isAskedAgain) in [(CachePolicy.Scope.principal, forPrincipals), (.public, forAll)] {
      try await CachedPage.run(.init(.with(scope, ttl: 3600))) {
        .call($0, ("vary", vary))
      } test: { page in
        let request = { await page.get(as: "one") }
        _ = await request()
        // x-user-id is varied by only where it was sent.
        if vary == "X-User-ID" { return }
        #expect(await request().call == (isAskedAgain ? 2 : 1), "\(vary) \(scope)")
      }
    }
  }

  @Test(arguments: [
    ("max-age=600", 3_600_000, 600_000), ("max-age=600, s-maxage=60", 3_600_000, 60_000), ("max-age=7200", 3_600_000, 3_600_000),
    ("max-age=600", 30_000, 30_000),
  ])
  func theShorterTimeCounts(control: String, ttl: Int, expected: Int64) async throws {
    try await CachedPage.run(.init(.with(ttl: ttl / 1000))) {
      .call($0, ("cache-control", control))
    } test: { page in
      let report = try #require(await page.get().first?.cache)
      #expect(report.timeToLive + report.age == expected)
    }
  }

  @Test func theTimeSpentInOtherCachesIsTakenOff() async throws {
    try await CachedPage.run {
      .call($0, ("cache-control", "max-age=600"), ("age", "540"))
    } test: { page in
      let report = try #require(await page.get().first?.cache)
      #expect(report.timeToLive + report.age == 60_000)
    }
  }

  @Test func anAnswerThatMustNotBeStoredTakesTheOneBeforeItAway() async throws {
    let policy = CachePolicy.with(ttl: 0, ifError: 600)
    try await CachedPage.run(.init(policy)) {
      switch $0.number {
      case 1: .call($0)
      case 2: .call($0, ("cache-control", "no-store"))
      default: .status(500)
      }
    } test: { page in
      _ = await page.get()
      #expect(await page.get().call == 2)
      #expect(await page.get().first?.state == .missing)
    }
  }

  @Test(arguments: ["no-store", "no-cache"]) func thatThereIsNothingMayHaveToBeAskedAgainToo(control: String) async throws {
    try await CachedPage.run { _ in
      .status(404, ("cache-control", control))
    } test: { page in
      for _ in 0..<2 { #expect(await page.get().first?.status == .noData) }
      #expect(page.service.requests.count == 2)
    }
  }
}
