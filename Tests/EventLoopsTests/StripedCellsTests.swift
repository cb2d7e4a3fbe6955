import EventLoops
import NIOCore
import NIOPosix
import Testing

@Suite struct StripedCellsTests {
  @Test func nothingIsLostWhenLoopsAndOtherThreadsAddAtOnce() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 3)
    let cells = StripedCells(2, stripes: try await Stripe.assign(to: group))
    await withTaskGroup(of: Void.self) { tasks in
      for loop in Array(group.makeIterator()) + Array(group.makeIterator()) {
        tasks.addTask {
          do { try await loop.submit { for _ in 0..<10_000 { cells.add(1, to: 0) } }.get() } catch { Issue.record(error) }
        }
      }
      for _ in 0..<3 {
        tasks.addTask {
          for _ in 0..<10_000 {
            cells.add(1, to: 0)
            cells.add(0.5, to: 1)
          }
        }
      }
    }
    #expect(cells.sum(of: 0) == 90_000)
    #expect(cells.doubleSum(of: 1) == 15_000)
    try await group.shutdownGracefully()
  }

  @Test func aLoopKeepsItsStripeAndNoTwoHaveTheSame() async throws {
    let groups = [MultiThreadedEventLoopGroup(numberOfThreads: 2), MultiThreadedEventLoopGroup(numberOfThreads: 2)]
    var found: Set<Int> = []
    for group in groups {
      let count = try await Stripe.assign(to: group)
      #expect(try await Stripe.assign(to: group) >= count)
      for loop in group.makeIterator() {
        let stripe = try await loop.submit { Stripe.current }.get()
        #expect(stripe != Stripe.shared && stripe < count)
        found.insert(stripe)
      }
    }
    #expect(found.count == 4)
    for group in groups { try await group.shutdownGracefully() }
  }

  @Test func aThreadWithAHigherNumberThanThereAreStripesIsCountedToo() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    _ = try await Stripe.assign(to: group)
    let cells = StripedCells(1, stripes: 1)
    try await group.next().submit { cells.add(7, to: 0) }.get()
    #expect(cells.sum(of: 0) == 7)
    try await group.shutdownGracefully()
  }
}
