import EventLoops
import NIOCore
import NIOPosix
import Synchronization
import Testing

@Suite struct EventLoopExecutorTests {
  @Test func aTaskAndItsChildrenStayOnTheLoop() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    for loop in group.makeIterator() {
      let places = await EventLoopExecutor(loop).run {
        async let first = isOn(loop)
        async let second = isOn(loop)
        let inGroup = await withTaskGroup(of: Bool.self) { tasks in
          for _ in 0..<10 { tasks.addTask { await isOn(loop) } }
          return await tasks.reduce(true) { $0 && $1 }
        }
        return await [first, second, inGroup, isOn(loop)]
      }
      #expect(places == [true, true, true, true])
    }
    try await group.shutdownGracefully()
  }

  @Test func aTaskThatWaitsForAnotherThreadComesBackToTheLoop() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let loops = Array(group.makeIterator())
    let cameBack = await EventLoopExecutor(loops[0]).run {
      await withCheckedContinuation { continuation in loops[1].execute { continuation.resume() } }
      return loops[0].inEventLoop
    }
    #expect(cameBack)
    try await group.shutdownGracefully()
  }

  @Test func moreJobsThanOneBatchAllRun() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    let sum = await EventLoopExecutor(loop).run {
      await withTaskGroup(of: Int.self) { tasks in
        for number in 1...5000 {
          tasks.addTask {
            await Task.yield()
            return loop.inEventLoop ? number : 0
          }
        }
        return await tasks.reduce(0, +)
      }
    }
    #expect(sum == 12_502_500)
    try await group.shutdownGracefully()
  }

  @Test func anOperationIsOnTheLoopFromItsFirstLineOn() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    for loop in group.makeIterator() {
      #expect(await EventLoopExecutor(loop).run { loop.inEventLoop })
      let first: @Sendable () async -> Bool = { loop.inEventLoop }
      #expect(await EventLoopExecutor(loop).run { await first() })
    }
    try await group.shutdownGracefully()
  }

  private func isOn(_ loop: any EventLoop) async -> Bool {
    await Task.yield()
    return loop.inEventLoop
  }

  @Test func aTaskThatIsStartedRunsInTheSameTurnAndHasItsOwnerBefore() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    let executor = EventLoopExecutor(loop)
    let steps = Mutex<[String]>([])
    @Sendable func note(_ step: String) { steps.withLock { $0.append(step) } }
    try await loop.submit {
      executor.start {
        note("first \(loop.inEventLoop)")
        executor.start {
          note("inner")
        } started: { _ in
          note("inner owned")
        }
        note("goes on")
        await Task.yield()
        note("later")
      } started: { _ in
        note("owned")
      }
      note("returned")
    }.get()
    try await group.shutdownGracefully()
    #expect(steps.withLock { $0 }.prefix(5) == ["owned", "first true", "inner owned", "goes on", "inner"])
    #expect(Set(steps.withLock { $0 }) == ["owned", "first true", "inner owned", "goes on", "inner", "later", "returned"])
  }
}
