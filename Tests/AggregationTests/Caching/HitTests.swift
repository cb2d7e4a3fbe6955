import Caching
import Clients
import Testing

@testable import Aggregation

/// What has been fetched answers again, and what has failed is not asked again at once.
@Suite(.timeLimit(.minutes(1))) struct HitTests {
  @Test(arguments: [1, 2]) func whatOneRequestHasFetchedAnswersTheNextOnEveryLoop(loops: Int) async throws {
    var setup = CachedPage.Setup()
    setup.loops = loops
    try await CachedPage.run(setup) {
      .call($0)
    } test: { page in
      let miss = await page.get()
      #expect(miss.first?.cache?.course == .miss && miss.first?.state == .fresh)
      for loop in page.loops.indices {
        let hit = await page.get(on: loop)
        #expect(hit.first?.cache?.course == .hit && hit.first?.state == .cached && hit.first?.status == .ok)
        #expect(hit.root?["things"] == miss.root?["things"] && hit.call == 1)
        #expect(hit.shown?["fetched_at"] == miss.shown?["fetched_at"])
        #expect(hit.first?.cache?.version == miss.first?.cache?.version)
      }
      #expect(page.service.requests.count == 1)
    }
  }

  @Test func aCompleteDocumentSaysHowLongItHolds() async throws {
    try await CachedPage.run(.init(.with(ttl: 3600))) {
      .call($0)
    } test: { page in
      for _ in 0..<2 {
        let validity = try #require(await page.get().validity)
        #expect((3_500_000...3_600_000).contains(validity.remaining) && (0..<60_000).contains(validity.age))
        #expect(validity.remaining + validity.age == 3_600_000)
      }
    }
  }

  @Test func usersAndTheWholeAreKeptApart() async throws {
    try await CachedPage.run {
      .call($0)
    } test: { page in
      let calls: [Int64?] = [nil, 1, 2, nil, 1, 2, 12]
      var seen: [Int64?] = []
      for user in calls { seen.append(await page.get(user: user).call) }
      #expect(seen == [1, 2, 3, 1, 2, 3, 4])
      #expect(page.service.requests.map(\.target) == ["/things", "/things/1", "/things/2", "/things/12"])
    }
  }

  @Test(arguments: [200, 204, 404]) func thatThereIsNothingIsKeptToo(status: Int) async throws {
    try await CachedPage.run { _ in
      .init(status: status)
    } test: { page in
      for state in [SectionState.fresh, .cached] {
        let document = await page.get()
        #expect(document.first?.status == .noData && document.first?.state == state && document.isComplete)
        #expect(document.validity != nil)
      }
      #expect(page.service.requests.count == 1)
    }
  }

  @Test func aSectionThatIsNotCachedIsAskedEachTime() async throws {
    try await CachedPage.run(.init(CachePolicy(isEnabled: false))) {
      .call($0)
    } test: { page in
      #expect(await page.get().call == 1)
      let second = await page.get()
      #expect(second.call == 2 && second.first?.cache == nil && second.validity == nil)
    }
  }

  @Test func aPartialDocumentHoldsForNoTimeAndItsGoodPartForAll() async throws {
    var setup = CachedPage.Setup()
    setup.sections = ["things", "broken"]
    try await CachedPage.run(setup) {
      $0.target == "/broken" ? .status(500) : .call($0)
    } test: { page in
      for _ in 0..<2 {
        let document = await page.get()
        #expect(!document.isComplete && document.validity == nil && document.bytes != nil)
        #expect(document.sections.map(\.status) == [.ok, .unavailable])
      }
      #expect(page.service.requests.count { $0.target == "/things" } == 1)
      #expect(page.service.requests.count { $0.target == "/broken" } == 2)
    }
  }

  @Test(arguments: [500, 503, 400, 401, 403, 429]) func aFailureIsRememberedForItsKeyAlone(status: Int) async throws {
    try await CachedPage.run(.init(.with(ttl: 3600, negative: 300))) { request in
      request["authorization"] == "bad" ? .status(status) : .call(request)
    } test: { page in
      let first = await page.get(as: "bad")
      let second = await page.get(as: "bad")
      #expect(first.bytes == nil && second.bytes == nil)
      #expect(first.first?.failure?.receivedStatus == status && second.first?.failure == first.first?.failure)
      #expect(page.service.requests.count == 1)
      #expect(await page.get(as: "good").isComplete)
    }
  }

  @Test func aFailureThatIsNotToBeRememberedIsNot() async throws {
    try await CachedPage.run {
      $0.number == 1 ? .status(500) : .call($0)
    } test: { page in
      #expect(await page.get().bytes == nil)
      #expect(await page.get().call == 2)
    }
  }

  @Test(arguments: ["[1,2", "{}", "nonsense"]) func whatCannotBeReadIsAFailureAndNeverKept(body: String) async throws {
    try await CachedPage.run {
      .init(body: $0.number == 1 ? body : "[{\"call\":2}]")
    } test: { page in
      #expect(await page.get().first?.status == .invalidResponse)
      #expect(await page.get().call == 2)
      #expect(await page.get().call == 2)
    }
  }
}
