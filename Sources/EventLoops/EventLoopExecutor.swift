package import NIOCore

/// Runs Swift tasks on one event loop, so that `async`/`await` code stays on the thread of its connection.
///
/// A task (and every child of it) that runs under `withTaskExecutorPreference(executor)` executes all its nonisolated code on
/// the loop: no hop to the global pool, no lock between a request and the channels of the same loop.
///
/// Jobs that are enqueued from the loop itself, which is nearly all of them, go to a plain array and cost one `execute` a
/// batch; jobs from other threads go through the loop's own task queue.
///
/// `@unchecked Sendable`: `pending`, `next` and the flags are touched in three places only: in `enqueue` after `inEventLoop` was
/// true, in `start` after the same was made sure of, and in `drain`, which only `start` and `eventLoop.execute` call. All are the loop's
/// thread.
package final class EventLoopExecutor: TaskExecutor, @unchecked Sendable {
  package let eventLoop: any EventLoop

  private var pending: [UnownedJob] = []
  private var next = 0
  private var isDrainScheduled = false
  private var isDraining = false

  /// Jobs run in one go before the loop gets to look at its sockets and timers again.
  private static let batch = 1024

  package init(_ eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
    self.pending.reserveCapacity(64)
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    guard eventLoop.inEventLoop else {
      eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
      return
    }
    pending.append(job)
    scheduleDrain()
  }

  private func scheduleDrain() {
    guard !isDrainScheduled else { return }
    isDrainScheduled = true
    eventLoop.execute { self.drain() }
  }

  private func drain() {
    isDraining = true
    defer { isDraining = false }
    let executor = asUnownedTaskExecutor()
    let end = next + Self.batch
    while next < pending.count, next < end {
      let job = pending[next]
      next += 1
      job.runSynchronously(on: executor)
    }
    isDrainScheduled = false
    if next == pending.count {
      pending.removeAll(keepingCapacity: true)
      next = 0
    } else {
      pending.removeFirst(next)
      next = 0
      scheduleDrain()
    }
  }
}

extension EventLoopExecutor {
  /// Runs `operation` and all its child tasks on the loop, from its first line on.
  package func run<Result: Sendable, Failure: Error>(
    _ operation: @Sendable () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await withTaskExecutorPreference(self) { () async throws(Failure) -> Result in
      // The preference says where the task goes on after it has waited; until then it is where its caller was.
      if !eventLoop.inEventLoop { await Task.yield() }
      return try await operation()
    }
  }
}

extension EventLoopExecutor {
  /// Starts a task on the loop, from the loop, and runs it at once as far as it gets, without waiting for the loop's next turn.
  ///
  /// - Parameters:
  ///   - operation: what the task does.
  ///   - started: is given the task, its owner from then on, before its first line runs.
  package func start(_ operation: @escaping @Sendable () async -> Void, started: (Task<Void, Never>) -> Void) {
    eventLoop.preconditionInEventLoop()
    let wasDrainScheduled = isDrainScheduled
    isDrainScheduled = true
    started(Task(executorPreference: self, operation: operation))
    isDrainScheduled = wasDrainScheduled
    // Inside a task of the loop the drain is under way, and comes to this one.
    if !isDraining { drain() }
  }
}
