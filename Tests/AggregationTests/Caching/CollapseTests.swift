import Caching
import Clients
import NIOCore
import Testing

@testable import Aggregation

/// Many ask, one call is made; who asked has no say in it.
@Suite(.timeLimit(.minutes(1))) struct CollapseTests {
  /// So many requests at once, by turns on every loop, each once the call is under way.
  private func crowd(
    _ count: Int, of page: CachedPage, then act: () async throws -> Void
  ) async throws -> [Document] {
    page.service.hold()
    return try await withThrowingTaskGroup(of: Document.self) { tasks in
      for number in 0..<count { tasks.addTask { await page.get(on: number % page.loops.count) } }
      try await page.waited(by: count)
      try await page.service.asked(times: 1)
      try await act()
      return try await tasks.reduce(into: []) { $0.append($1) }
    }
  }

  @Test func twoHundredOnTwoLoopsCostOneCall() async throws {
    var setup = CachedPage.Setup()
    setup.loops = 2
    try await CachedPage.run(setup) {
      .call($0)
    } test: { page in
      let documents = try await crowd(200, of: page) { page.service.release() }
      #expect(page.service.requests.count == 1)
      #expect(documents.count == 200 && documents.allSatisfy { $0.call == 1 && $0.first?.state == .fresh })
      #expect(documents.count { $0.first?.cache?.course == .miss } == 1)
      #expect(documents.count { $0.first?.cache?.course == .collapsed } == 199)
      #expect(Set(documents.map(\.first?.cache?.version)).count == 1)
    }
  }

  @Test(arguments: [0, 300]) func aFailureIsSharedByAllWhoWaited(negative: Int) async throws {
    var setup = CachedPage.Setup(.with(ttl: 3600, negative: negative))
    setup.loops = 2
    try await CachedPage.run(setup) { _ in
      .status(500)
    } test: { page in
      let documents = try await crowd(100, of: page) { page.service.release() }
      #expect(documents.allSatisfy { $0.first?.failure?.reason == .serverError && $0.bytes == nil })
      #expect(page.service.requests.count == 1)
    }
  }

  @Test func theCallGoesOnWhenWhoAskedFirstLeaves() async throws {
    var setup = CachedPage.Setup()
    setup.loops = 2
    try await CachedPage.run(setup) {
      .call($0)
    } test: { page in
      page.service.hold()
      let first = Task { await page.get(on: 0) }
      try await page.service.asked(times: 1)
      async let second = page.get(on: 1)
      try await page.waited(by: 2)
      first.cancel()
      #expect(await first.value.bytes == nil)
      page.service.release()
      let document = await second
      #expect(document.call == 1 && document.first?.cache?.course == .collapsed)
      #expect(page.service.requests.count == 1 && page.service.departures == 0)
    }
  }

  @Test func whenEverybodyHasLeftTheCallIsGivenUp() async throws {
    var setup = CachedPage.Setup()
    setup.loops = 2
    try await CachedPage.run(setup) {
      .call($0)
    } test: { page in
      page.service.hold()
      let all = (0..<10).map { number in Task { await page.get(on: number % 2) } }
      try await page.waited(by: 10)
      try await page.service.asked(times: 1)
      for task in all { task.cancel() }
      try await page.service.left(times: 1)
      for task in all { #expect(await task.value.bytes == nil) }
      try await page.settled()
      page.service.release()
      // Nothing is remembered of it, neither an answer nor a failure.
      #expect(await page.get().call == 2)
      #expect(page.service.requests.count == 2)
    }
  }

  @Test func eachWaitsAsLongAsItsOwnDeadlineSays() async throws {
    var setup = CachedPage.Setup()
    setup.loops = 2
    try await CachedPage.run(setup) {
      .call($0)
    } test: { page in
      page.service.hold()
      async let patient = page.get(on: 0)
      try await page.service.asked(times: 1)
      let hurried = await page.get(within: .milliseconds(20), hurried: true, on: 1)
      #expect(hurried.first?.failure?.reason == .timeout && hurried.bytes == nil)
      // What one had no time for says nothing to the others.
      async let third = page.get(on: 1)
      try await page.waited(by: 2)
      page.service.release()
      #expect(await patient.call == 1)
      #expect(await third.call == 1)
      #expect(page.service.requests.count == 1 && page.service.departures == 0)
    }
  }

  @Test func whoseHasteEndedTheCallHasNotMadeItAFailure() async throws {
    try await CachedPage.run(.init(.with(ttl: 3600, negative: 300))) {
      .call($0)
    } test: { page in
      page.service.hold()
      #expect(await page.get(within: .milliseconds(20), hurried: true).first?.failure?.reason == .timeout)
      try await page.service.left(times: 1)
      page.service.release()
      #expect(await page.get().call == 2)
    }
  }

  @Test func aServiceThatLetTheWholeTimePassIsNotWaitedForAgainAtOnce() async throws {
    var setup = CachedPage.Setup(.with(ttl: 3600, negative: 300))
    setup.patience = .milliseconds(50)
    try await CachedPage.run(setup) {
      .call($0)
    } test: { page in
      page.service.hold()
      #expect(await page.get(within: .milliseconds(50)).first?.failure?.reason == .timeout)
      try await page.settled()
      let second = await page.get()
      #expect(second.first?.failure?.reason == .timeout && second.first?.took == .zero)
      #expect(page.service.requests.count <= 1)
    }
  }

  @Test func ofWhatMustNotBeStoredEachGetsItsOwn() async throws {
    var setup = CachedPage.Setup()
    setup.loops = 2
    try await CachedPage.run(setup) {
      .call($0, ("cache-control", "no-store"))
    } test: { page in
      let documents = try await crowd(20, of: page) { page.service.release() }
      #expect(Set(documents.map(\.call)) == Set((1...20).map(Int64.init)))
      #expect(documents.allSatisfy { $0.isComplete && $0.validity == nil && $0.first?.state == .fresh })
    }
  }

  @Test func ofWhatMustNotBeStoredTheFirstMayHaveLeft() async throws {
    try await CachedPage.run {
      .call($0, ("cache-control", "no-store"))
    } test: { page in
      page.service.hold()
      let first = Task { await page.get() }
      try await page.service.asked(times: 1)
      async let second = page.get()
      try await page.waited(by: 2)
      first.cancel()
      _ = await first.value
      page.service.release()
      #expect(await second.call == 2)
    }
  }
}
