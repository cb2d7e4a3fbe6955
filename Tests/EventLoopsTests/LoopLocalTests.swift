import EventLoops
import NIOCore
import NIOPosix
import Testing

@Suite struct LoopLocalTests {
  /// Not Sendable: only its loop may touch it.
  private final class Counter {
    var value = 0
  }

  @Test func eachLoopHasAValueOfItsOwn() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 4)
    let counters = try await LoopLocal(group) { loop in
      loop.preconditionInEventLoop()
      return Counter()
    }
    for (position, loop) in group.makeIterator().enumerated() {
      try await loop.submit { counters[loop].value += position + 1 }.get()
    }
    for (position, loop) in group.makeIterator().enumerated() {
      #expect(try await loop.submit { counters[loop].value }.get() == position + 1)
    }
    try await counters.onEachLoop { $0.value = 0 }
    for loop in group.makeIterator() { #expect(try await loop.submit { counters[loop].value }.get() == 0) }
    try await group.shutdownGracefully()
  }
}
