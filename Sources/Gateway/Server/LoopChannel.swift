import EventLoops
import HummingbirdCore
import Logging
import NIOCore

/// Runs every request of a connection on the event loop of that connection.
///
/// Wraps a Hummingbird child channel; what it adds is a task executor preference around `handle`, inherited by all child tasks:
/// middleware, routes, sections and upstream calls then share one thread with the sockets they use (docs/decisions/0001).
struct LoopChannel<Base: ServerChildChannel>: ServerChildChannel {
  let base: Base
  let executors: LoopExecutors

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
    base.setup(channel: channel, logger: logger)
  }

  func handle(value: Base.Value, logger: Logger) async {
    await executors[value.channel.eventLoop].run { await base.handle(value: value, logger: logger) }
  }
}
