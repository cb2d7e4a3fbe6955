package import NIOCore

/// The task executor of each event loop of a group.
package struct LoopExecutors: Sendable {
  private let executors: [ObjectIdentifier: EventLoopExecutor]

  package init(_ group: any EventLoopGroup) {
    var executors: [ObjectIdentifier: EventLoopExecutor] = [:]
    for loop in group.makeIterator() { executors[ObjectIdentifier(loop)] = EventLoopExecutor(loop) }
    self.executors = executors
  }

  /// The executor of `loop`, which must be one of the group.
  package subscript(loop: any EventLoop) -> EventLoopExecutor {
    guard let executor = executors[ObjectIdentifier(loop)] else { preconditionFailure("an event loop of another group") }
    return executor
  }
}
