import Testing
import Upstreams

/// Connections that end under us are not the client's business.
@Suite struct RestartTests {
  private static let small = DataSize(users: 2, accounts: 2, posts: 2, rows: 2)

  @Test func twoThousandRequestsDoNotNoticeConnectionsThatClose() async throws {
    let faults = Dictionary(uniqueKeysWithValues: ServiceName.allCases.map { ($0, Fault.closeAfter(responses: 3)) })
    let upstreams = UpstreamsConfiguration(size: Self.small, faults: faults)
    try await withStack(StackSetup(upstreams: upstreams, places: Turnstile.all)) { stack in
      let seen = try await stack.crowd(of: 16, asking: 2000)
      #expect(seen.count { !$0.isWhole() } == 0)
      // They did close, thousands of times.
      for name in ServiceName.allCases { #expect(stack.fakes.stats(of: name).connectionsAccepted >= 600, "\(name)") }
    }
  }

  @Test func servicesThatRestartOneAfterTheOtherAreHardlyNoticed() async throws {
    let upstreams = UpstreamsConfiguration(size: Self.small)
    try await withStack(StackSetup(upstreams: upstreams, places: Turnstile.all)) { stack in
      let isOver = Awaited(false)
      let seen = try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await Self.restartInTurn(stack, times: 3, over: isOver) }
        var seen: [Glimpse] = []
        while !isOver.value { seen += try await stack.crowd(of: 16, asking: 160) }
        try await group.waitForAll()
        return seen
      }
      #expect(seen.allSatisfy { $0.status == 200 })
      // A port is closed for some milliseconds, and three tries may fall into them.
      let odd = seen.count { !$0.isWhole() }
      #expect(odd <= seen.count / 20, "\(odd) of \(seen.count)")
      try await stack.whole(within: .seconds(10))
    }
  }

  /// Closes every connection and the port of a service, opens it again, waits until it is used, and goes on to the next.
  private static func restartInTurn(_ stack: Stack, times: Int, over isOver: Awaited<Bool>) async throws {
    defer { isOver.change { $0 = true } }
    for name in Array(repeating: ServiceName.allCases, count: times).joined() {
      try await stack.fakes.setFault(.refuse, of: name)
      try await stack.fakes.setFault(.none, of: name)
      let total = stack.fakes.stats(of: name).total
      _ = try await stack.fakes.stats(of: name) { $0.total >= total + 40 }
    }
  }
}
