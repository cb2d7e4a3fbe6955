import EventLoops
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Gateway

@Suite struct MadeOnceTests {
  @Test func itIsMadeOnceAndOffTheLoopsHoweverManyAskAtOnce() async {
    let made = Atomic(0)
    let onLoop = Atomic(false)
    let thing = MadeOnce {
      if MultiThreadedEventLoopGroup.currentEventLoop != nil { onLoop.store(true, ordering: .relaxed) }
      return made.add(1, ordering: .relaxed).newValue
    }
    let group = MultiThreadedEventLoopGroup.singleton
    let seen = await withTaskGroup(of: Int.self) { tasks in
      for loop in group.makeIterator() {
        for _ in 0..<20 { tasks.addTask(executorPreference: EventLoopExecutor(loop)) { await thing.value } }
      }
      return await tasks.reduce(into: Set<Int>()) { $0.insert($1) }
    }
    let wasOnLoop = onLoop.load(ordering: .relaxed)
    #expect(seen == [1])
    #expect(!wasOnLoop)
  }
}
