import Caching
import Testing

@testable import Aggregation

/// What a fetch asks of the level that replicas share, and when it leaves it alone.
@Suite(.timeLimit(.minutes(1))) struct SharedLevelTests {
  private static let lease = RefreshLease(token: 7)

  /// One request with nothing in memory: what the level was asked, in order.
  private func questions(
    lease: LeaseAnswer = .held(lease), _ answers: @escaping @Sendable (_ get: Int) -> SharedAnswer
  ) async throws -> [ScriptedLevel.Question] {
    let level = ScriptedLevel(lease: lease, answers)
    var setup = CachedPage.Setup()
    setup.shared = level
    try await CachedPage.run(setup) {
      .call($0)
    } test: { page in
      let document = await page.get()
      #expect(document.call == 1 && document.first?.state == .fresh)
      try await page.settled()
      #expect(page.service.requests.count == 1)
    }
    return level.questions
  }

  @Test func whoFindsNothingTakesTheLeaseAndLooksOnceMore() async throws {
    let asked = try await questions { _ in .missing }
    #expect(asked == [.get, .acquire, .get, .put(under: Self.lease), .release])
  }

  @Test func aLevelThatCannotBeAskedIsNotAskedForALease() async throws {
    let asked = try await questions { _ in .unavailable }
    #expect(asked == [.get, .put(under: nil)])
  }

  @Test func aLevelThatIsLostUnderTheLeaseCostsOneLook() async throws {
    let asked = try await questions { $0 == 1 ? .missing : .unavailable }
    #expect(asked == [.get, .acquire, .get, .put(under: Self.lease), .release])
  }

  @Test func aLevelThatIsLostWhileAnotherReplicaRefreshesIsNotWaitedFor() async throws {
    let asked = try await questions(lease: .taken) { $0 == 1 ? .missing : .unavailable }
    #expect(asked == [.get, .acquire, .get, .put(under: nil)])
  }
}
