import Foundation
import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import Gateway

/// A log whose reader does not keep up loses lines, and says how many.
@Suite struct LogSinkDropTests {
  @Test func whatIsDroppedIsCounted() async throws {
    var pipe: [Int32] = [0, 0]
    try #require(Glibc.pipe(&pipe) == 0)
    let (reading, writing) = (pipe[0], pipe[1])
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let sink = LogSink(descriptor: writing, timer: group.next())
    let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1023) + [UInt8(ascii: "\n")]
    // Three times what it holds: what is gathered, and as much under way. Nobody reads, and this returns all the same.
    let count = 12 * 1024
    for _ in 0..<count { sink.write(line) }
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
    try await sink.shutDown()
    close(writing)
    let lines = String(decoding: try await all.futureResult.get(), as: UTF8.self).split(separator: "\n")
    let dropped = lines.filter { $0.contains("Log lines dropped") }.compactMap { line in
      line.split(separator: ":").last.flatMap { Int($0.dropLast()) }
    }
    let written = lines.count { $0.hasPrefix("x") }
    #expect(written >= 4 * 1024 && written < count)
    #expect(written + dropped.reduce(0, +) == count)
    close(reading)
    try await group.shutdownGracefully()
  }
}
