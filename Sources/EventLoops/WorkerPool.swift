package import NIOCore
import NIOPosix

/// A few threads for work that would hold up an event loop: parsing a big body takes milliseconds.
package final class WorkerPool: Sendable {
  private let threads: NIOThreadPool

  /// Starts the threads.
  package init(threads count: Int) {
    threads = NIOThreadPool(numberOfThreads: count)
    threads.start()
  }

  /// Runs `work` on one of the threads; the future, of `eventLoop`, has its result.
  ///
  /// It fails when the pool has stopped.
  package func run<Result: Sendable>(
    for eventLoop: any EventLoop, _ work: @escaping @Sendable () throws -> Result
  ) -> EventLoopFuture<Result> {
    threads.runIfActive(eventLoop: eventLoop, work)
  }

  package func shutDown() async throws {
    try await threads.shutdownGracefully()
  }
}
