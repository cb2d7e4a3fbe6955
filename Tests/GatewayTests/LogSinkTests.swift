import Foundation
import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import Gateway

/// A log whose reader does not read.
@Suite struct LogSinkTests {
  @Test func aReaderThatDoesNotReadDoesNotKeepTheProcess() async throws {
    var pipe: [Int32] = [0, 0]
    try #require(Glibc.pipe(&pipe) == 0)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let sink = LogSink(descriptor: pipe[1], timer: group.next())
    let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1023) + [UInt8(ascii: "\n")]
    for _ in 0..<1000 { sink.write(line) }
    // A pipe holds 64 KB: the rest has nowhere to go, and this returns all the same.
    try await sink.shutDown()
    close(pipe[1])
    var received = 0
    var space = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(pipe[0], &space, space.count)
      guard count > 0 else { break }
      received += count
    }
    #expect(received > 0 && received < 1000 * line.count)
    close(pipe[0])
    try await group.shutdownGracefully()
  }

  @Test func whatIsReadIsWhole() async throws {
    var pipe: [Int32] = [0, 0]
    try #require(Glibc.pipe(&pipe) == 0)
    let (reading, writing) = (pipe[0], pipe[1])
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let sink = LogSink(descriptor: writing, timer: group.next())
    // On a thread of its own: the sink waits half a second for a reader, not for a place among the tests.
    let all = group.next().makePromise(of: [UInt8].self)
    Thread.detachNewThread {
      var text: [UInt8] = []
      var space = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = read(reading, &space, space.count)
        guard count > 0 else { return all.succeed(text) }
        text += space[..<count]
      }
    }
    let lines = (0..<5000).map { Array("line \($0) of many, some of which are longer than others\n".utf8) }
    for line in lines { sink.write(line) }
    try await sink.shutDown()
    close(writing)
    #expect(try await all.futureResult.get() == lines.flatMap { $0 })
    close(reading)
    try await group.shutdownGracefully()
  }
}
