import Caching
import Clients
import NIOCore
import Resilience
import Testing

@testable import Aggregation

/// What is past its time is said to be, wherever it still stands in.
@Suite(.timeLimit(.minutes(1))) struct StaleTests {
  @Test func whatIsStaleComesAtOnceAndIsRefreshedOnce() async throws {
    try await CachedPage.run(.init(.with(ttl: 0, whileRevalidate: 600))) {
      .call($0)
    } test: { page in
      #expect(await page.get().call == 1)
      page.service.hold()
      for _ in 0..<20 {
        let document = await page.get()
        #expect(document.first?.cache?.course == .stale && document.first?.state == .stale && document.first?.status == .ok)
        #expect(document.call == 1 && document.shown?["reason"]?.text == "revalidating")
        #expect(!document.isComplete && document.validity == nil)
      }
      try await page.service.asked(times: 2)
      #expect(page.service.requests.count == 2)
      page.service.release()
      try await page.settled()
      #expect(await page.get().call == 2)
    }
  }

  @Test func aStrictRequestWaitsForFreshData() async throws {
    try await CachedPage.run(.init(.with(ttl: 0, whileRevalidate: 600))) {
      .call($0)
    } test: { page in
      _ = await page.get()
      let document = await page.get(strict: true)
      #expect(document.call == 2 && document.first?.state == .fresh && document.isComplete)
    }
  }

  @Test(arguments: [(600, 0), (0, 600)]) func aStrictRequestNeverGetsWhatIsStale(_ windows: (Int, Int)) async throws {
    let policy = CachePolicy.with(ttl: 0, whileRevalidate: windows.0, ifError: windows.1)
    try await CachedPage.run(.init(policy)) {
      $0.number == 1 ? .call($0) : .status(500)
    } test: { page in
      _ = await page.get()
      guard case .refused(let refusal) = await page.get(strict: true).content else {
        Issue.record("a stale document")
        return
      }
      #expect([.incomplete, .nothingThere].contains(refusal.reason))
    }
  }

  @Test func whenTheServiceFailsWhatThereWasStandsInAndIsSaidToBeStale() async throws {
    let policy = CachePolicy.with(ttl: 0, ifError: 600, negative: 300)
    try await CachedPage.run(.init(policy)) {
      $0.number == 1 ? .call($0) : .status(503)
    } test: { page in
      let good = await page.get()
      for _ in 0..<3 {
        let document = await page.get()
        #expect(document.first?.cache?.course == .staleOnError && document.first?.state == .stale)
        #expect(document.first?.status == .unavailable && document.first?.failure?.receivedStatus == 503)
        #expect(document.call == 1 && document.shown?["reason"]?.text == "server_error")
        #expect(document.shown?["fetched_at"] == good.shown?["fetched_at"])
        #expect(!document.isComplete && document.validity == nil)
      }
      #expect(page.service.requests.count == 2)
    }
  }

  @Test func aTimeoutIsSaidOfTheServiceAndStaleOfTheData() async throws {
    try await CachedPage.run(.init(.with(ttl: 0, ifError: 600))) {
      .call($0)
    } test: { page in
      _ = await page.get()
      page.service.hold()
      let document = await page.get(within: .milliseconds(20))
      #expect(document.first?.status == .timeout && document.first?.state == .stale)
      #expect(document.call == 1 && document.shown?["reason"]?.text == "timeout")
    }
  }

  @Test(arguments: [401, 403]) func whoIsNoLongerAllowedIsShownNothingThatWas(status: Int) async throws {
    let policy = CachePolicy.with(ttl: 0, ifError: 600)
    try await CachedPage.run(.init(policy)) {
      $0.number == 1 ? .call($0) : .status(status)
    } test: { page in
      #expect(await page.get(as: "token").call == 1)
      for _ in 0..<2 {
        let document = await page.get(as: "token")
        #expect(document.bytes == nil && document.first?.state == .missing && document.first?.status == .unauthorized)
      }
    }
  }

  @Test func aRefreshThatFindsTheDoorClosedEndsTheStaleness() async throws {
    let policy = CachePolicy.with(ttl: 0, whileRevalidate: 600, ifError: 600, negative: 300)
    try await CachedPage.run(.init(policy)) {
      $0.number == 1 ? .call($0) : .status(401)
    } test: { page in
      _ = await page.get(as: "token")
      #expect(await page.get(as: "token").first?.state == .stale)
      try await page.settled()
      let document = await page.get(as: "token")
      #expect(document.first?.status == .unauthorized && document.first?.state == .missing)
    }
  }

  @Test func aRefreshThatFailsIsShownAndNotRepeatedWhileItIsRemembered() async throws {
    let policy = CachePolicy.with(ttl: 0, whileRevalidate: 600, ifError: 600, negative: 300)
    try await CachedPage.run(.init(policy)) {
      $0.number == 1 ? .call($0) : .status(500)
    } test: { page in
      _ = await page.get()
      #expect(await page.get().first?.failure == nil)
      try await page.settled()
      for _ in 0..<3 {
        let document = await page.get()
        #expect(document.first?.cache?.course == .staleOnError && document.first?.status == .unavailable)
        #expect(document.call == 1 && document.shown?["reason"]?.text == "server_error")
      }
      #expect(page.service.requests.count == 2)
    }
  }

  /// Until an answer comes nobody knows better.
  @Test func whileItIsTriedAgainTheServiceIsNotSaidToBeWell() async throws {
    var policy = CachePolicy.with(ttl: 0, whileRevalidate: 600, ifError: 600)
    policy.negativeTTL = .milliseconds(1)
    try await CachedPage.run(.init(policy)) {
      $0.number == 2 ? .status(500) : .call($0)
    } test: { page in
      _ = await page.get()
      _ = await page.get()
      try await page.settled()
      let forgotten = Timestamp(milliseconds: Timestamp.now().milliseconds + 1)
      while Timestamp.now() <= forgotten { await Task.yield() }
      page.service.hold()
      for _ in 0..<3 { #expect(await page.get().first?.status == .unavailable) }
      try await page.service.asked(times: 3)
      page.service.release()
      try await page.settled()
      let document = await page.get()
      #expect(document.first?.status == .ok && document.call == 3)
    }
  }

  @Test func noMoreRefreshesRunThanAreAllowed() async throws {
    var setup = CachedPage.Setup(.with(ttl: 0, whileRevalidate: 600))
    setup.maxRefreshes = 2
    try await CachedPage.run(setup) {
      .call($0)
    } test: { page in
      for user in 1...5 { _ = await page.get(user: Int64(user)) }
      page.service.hold()
      for user in 1...5 { #expect(await page.get(user: Int64(user)).first?.state == .stale) }
      #expect(page.cache.flights.load.flights == 2)
      try await page.service.asked(times: 7)
      #expect(page.service.requests.count == 7)
      page.service.release()
      try await page.settled()
      // The places are free again.
      _ = await page.get(user: 5)
      try await page.service.asked(times: 8)
    }
  }

  @Test func aProcessThatEndsRefreshesNothing() async throws {
    try await CachedPage.run(.init(.with(ttl: 0, whileRevalidate: 600))) {
      .call($0)
    } test: { page in
      _ = await page.get()
      page.cache.close()
      #expect(await page.get().first?.state == .stale)
      #expect(page.cache.flights.load.flights == 0 && page.service.requests.count == 1)
    }
  }

  @Test func whatIsExpiredIsOfNoUseWhenTheServiceFails() async throws {
    try await CachedPage.run(.init(.with(ttl: 0))) {
      $0.number == 1 ? .call($0, ("etag", "\"1\"")) : .status(500)
    } test: { page in
      _ = await page.get()
      #expect(await page.get().first?.state == .missing)
    }
  }

  @Test func theWindowsEndWhenTheConfigurationSaysSo() async throws {
    let policy = CachePolicy.with(ttl: 10, whileRevalidate: 20, ifError: 30)
    try await CachedPage.run(.init(policy)) {
      .call($0)
    } test: { page in
      let report = try #require(await page.get().first?.cache)
      #expect(report.timeToLive + report.age == 10_000)
      #expect(report.timeToLive > 0 && report.isStored)
    }
  }
}
