import Foundation
import Glibc
import TestSupport
import Testing

/// The processes that other tests start.
@Suite(.timeLimit(.minutes(1))) struct ServerProcessTests {
  /// A program that does nothing and would not end by itself; no test waits for it to.
  private static let idle = ["sleep", "600"]

  /// More of them than the pool has threads: if each took one, nobody would be left to end them.
  @Test func theEndOfManyIsAwaitedWithoutAThreadForEach() async throws {
    let processes = try (0..<2 * ProcessInfo.processInfo.activeProcessorCount + 2).map { _ in try ServerProcess(Self.idle)
    }
    await withTaskGroup(of: Void.self) { group in
      for process in processes { group.addTask { await process.ended() } }
      group.addTask { for process in processes { process.signal(SIGKILL) } }
    }
    for process in processes { #expect(Glibc.kill(process.processID, 0) == -1) }
  }

  @Test func whatItSaysIsHeardAndWhatItNeverSaysEndsWithIt() async throws {
    let process = try ServerProcess(["sh", "-c", "echo one; echo two >&2; read line; echo three"])
    #expect(await process.hasSaid("two"))
    await process.ended()
    #expect(process.output == "one\ntwo\nthree\n")
    #expect(await !process.hasSaid("four"))
  }

  @Test func aStoppedOneEndsWithTheTestThatWaitsForIt() async throws {
    let process = try ServerProcess(Self.idle)
    process.signal(SIGSTOP)
    let task = Task { await process.hasSaid("anything") }
    task.cancel()
    #expect(await task.value == false)
  }
}
