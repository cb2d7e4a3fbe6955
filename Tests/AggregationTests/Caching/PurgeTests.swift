import Caching
import Clients
import Resilience
import Testing

@testable import Aggregation

/// What is purged is not used again, wherever it was on its way.
@Suite(.timeLimit(.minutes(1))) struct PurgeTests {
  @Test(arguments: ["things", "*"]) func whatIsPurgedHardIsAskedAgain(tag: String) async throws {
    let policy = CachePolicy.with(ttl: 3600, whileRevalidate: 600, ifError: 600)
    try await CachedPage.run(.init(policy)) {
      .call($0)
    } test: { page in
      _ = await page.get()
      #expect(await page.purge([tag], .hard) == 1)
      let document = await page.get()
      #expect(document.call == 2 && document.first?.state == .fresh)
      #expect(await page.get().call == 2)
    }
  }

  @Test func whatIsPurgedHardStandsInForNothing() async throws {
    try await CachedPage.run(.init(.with(ttl: 3600, ifError: 600))) {
      $0.number == 1 ? .call($0) : .status(500)
    } test: { page in
      _ = await page.get()
      _ = await page.purge(["things"], .hard)
      #expect(await page.get().first?.state == .missing)
    }
  }

  @Test func whatIsPurgedSoftlyServesOnUntilItHasBeenFetchedAnew() async throws {
    try await CachedPage.run(.init(.with(ttl: 3600, whileRevalidate: 600))) {
      .call($0)
    } test: { page in
      _ = await page.get()
      #expect(await page.purge(["things"], .soft) == 1)
      let stale = await page.get()
      #expect(stale.call == 1 && stale.first?.state == .stale && stale.validity == nil)
      try await page.service.asked(times: 2)
      try await page.settled()
      let document = await page.get()
      #expect(document.call == 2 && document.first?.state == .cached)
      #expect(page.service.requests.count == 2)
    }
  }

  @Test func aUsersTagReachesThatUserAlone() async throws {
    try await CachedPage.run {
      .call($0)
    } test: { page in
      for user in [nil, 7, 70] as [Int64?] { _ = await page.get(user: user) }
      #expect(await page.purge(["user:7"], .hard) == 1)
      #expect(await page.get().call == 1)
      #expect(await page.get(user: 70).call == 3)
      #expect(await page.get(user: 7).call == 4)
    }
  }

  @Test func anotherTagTouchesNothing() async throws {
    try await CachedPage.run {
      .call($0)
    } test: { page in
      _ = await page.get()
      #expect(await page.purge(["others", "user:7"], .hard) == 0)
      #expect(await page.get().call == 1)
    }
  }

  @Test(arguments: PurgeMarks.Mode.allCases) func whatWasUnderWayWhenItWasPurgedIsFetchedAgain(mode: PurgeMarks.Mode) async throws
  {
    var setup = CachedPage.Setup(.with(ttl: 3600, whileRevalidate: 600, ifError: 600))
    setup.loops = 2
    try await CachedPage.run(setup) {
      .call($0)
    } test: { page in
      page.service.hold()
      async let early = page.get(on: 0)
      try await page.service.asked(times: 1)
      _ = await page.purge(["things"], mode)
      async let late = page.get(on: 1)
      try await page.waited(by: 2)
      page.service.release()
      // Who asked after the purge must not see what was read before it.
      #expect(await late.call == 2)
      #expect(await early.call == 2)
      #expect(await page.get().call == 2)
    }
  }

  @Test func aRefreshThatWasUnderWayDoesNotBringBackWhatWasPurged() async throws {
    try await CachedPage.run(.init(.with(ttl: 3600, whileRevalidate: 600))) {
      .call($0)
    } test: { page in
      _ = await page.get()
      _ = await page.purge(["things"], .soft)
      page.service.hold()
      _ = await page.get()
      try await page.service.asked(times: 2)
      _ = await page.purge(["things"], .hard)
      page.service.release()
      try await page.settled()
      #expect(await page.get().call == 3)
    }
  }

  @Test func whoeverPurgesSeesTheServiceAndNotItsLastFailure() async throws {
    let policy = CachePolicy.with(ttl: 3600, negative: 300)
    try await CachedPage.run(.init(policy)) {
      $0.number == 1 ? .status(500) : .call($0)
    } test: { page in
      #expect(await page.get().bytes == nil)
      _ = await page.purge(["things"], .soft)
      #expect(await page.get().call == 2)
    }
  }

  @Test func aStrictRequestAfterASoftPurgeWaits() async throws {
    try await CachedPage.run(.init(.with(ttl: 3600, whileRevalidate: 600))) {
      .call($0)
    } test: { page in
      _ = await page.get()
      _ = await page.purge(["things"], .soft)
      #expect(await page.get(strict: true).call == 2)
    }
  }
}
