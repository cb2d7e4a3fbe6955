import NIOCore
import NIOPosix

/// A few threads for work that would hold up an event loop: parsing a big body takes milliseconds.
package final class WorkerPool: Sendable {
  private let threads: NIOThreadPool

  /// Starts the threads.
  package init(threads count: Int) {
    threads = NIOThreadPool(numberOfThreads: count)
    threads.start()
  }

  /// Runs `work` on one of the threads; the caller's task goes on where it was.
  ///
  /// - Throws: what `work` throws, or `CancellationError` when the task was cancelled before it began or the pool has stopped.
  package func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await threads.runIfActive(work)
  }

  package func shutDown() async throws {
    try await threads.shutdownGracefully()
  }
}
