import Caching
import Clients
import Testing

@testable import Aggregation

/// Whose data it is, the key says.
@Suite(.timeLimit(.minutes(1))) struct PrincipalTests {
  /// The rows name whom the service took the caller for.
  private static func own(_ request: ScriptedService.Request) -> ScriptedService.Reply {
    .init(body: "[{\"owner\":\"\(request["authorization"] ?? "nobody")\"}]")
  }

  private func owner(_ document: Document) -> String? { document.root?["things"]?[0]?["owner"]?.text }

  @Test func eachPrincipalHasItsOwn() async throws {
    try await CachedPage.run(answer: Self.own) { page in
      for _ in 0..<2 {
        for principal in ["a", "b", "A", "a ", nil] {
          #expect(owner(await page.get(as: principal))?.filter { $0 != " " } == principal?.filter { $0 != " " } ?? "nobody")
        }
      }
      #expect(page.service.requests.count == 5)
    }
  }

  @Test func principalsWhoWaitAtOnceDoNotShareACall() async throws {
    var setup = CachedPage.Setup()
    setup.loops = 2
    try await CachedPage.run(setup, answer: Self.own) { page in
      page.service.hold()
      let names = (0..<20).map { "p\($0)" }
      let owners = try await withThrowingTaskGroup(of: (String, String?).self) { tasks in
        for (number, name) in (names + names).enumerated() {
          tasks.addTask { (name, owner(await page.get(as: name, on: number % 2))) }
        }
        try await page.waited(by: 40)
        page.service.release()
        return try await tasks.reduce(into: []) { $0.append($1) }
      }
      #expect(owners.count == 40 && owners.allSatisfy { $0.0 == $0.1 })
      #expect(page.service.requests.count == 20)
    }
  }

  @Test func whatIsPublicIsKeptOnce() async throws {
    try await CachedPage.run(.init(.with(.public, ttl: 3600)), answer: Self.own) { page in
      for principal in ["a", "b", nil] { #expect(owner(await page.get(as: principal)) == "a") }
      #expect(page.service.requests.count == 1)
    }
  }

  @Test func onePrincipalsFailureIsNotAnothers() async throws {
    let policy = CachePolicy.with(ttl: 3600, negative: 300)
    try await CachedPage.run(.init(policy)) {
      $0["authorization"] == "a" ? .status(403) : Self.own($0)
    } test: { page in
      #expect(await page.get(as: "a").first?.status == .unauthorized)
      #expect(owner(await page.get(as: "b")) == "b")
      #expect(await page.get(as: "a").first?.status == .unauthorized)
    }
  }
}
