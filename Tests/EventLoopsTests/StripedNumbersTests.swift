import EventLoops
import NIOCore
import NIOPosix
import Testing

@Suite struct StripedNumbersTests {
  @Test func noNumberComesTwiceWhoeverAsks() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 3)
    _ = try await Stripe.assign(to: group)
    let numbers = StripedNumbers()
    var found: Set<UInt64> = []
    try await withThrowingTaskGroup(of: [UInt64].self) { tasks in
      for loop in Array(group.makeIterator()) + Array(group.makeIterator()) {
        tasks.addTask { try await loop.submit { (0..<2000).map { _ in numbers.next() } }.get() }
      }
      for _ in 0..<3 { tasks.addTask { (0..<2000).map { _ in numbers.next() } } }
      for try await drawn in tasks { found.formUnion(drawn) }
    }
    #expect(found.count == 9 * 2000)
    try await group.shutdownGracefully()
  }
}
