import NIOCore

/// A command under way, to its one end. Belongs to its event loop.
package final class RedisCall {
  let command: RedisCommand
  let deadline: NIODeadline
  /// Rather not sent than sent to a server that seems to hang.
  let ifResponsive: Bool
  /// Nil when it has ended.
  private var completion: ((RedisOutcome) -> Void)?
  /// Where it waits, or whose reply it waits for.
  var node: RedisNode?
  var connection: RedisConnection?
  /// Its place in the connection's pipeline.
  var ticket = 0
  /// What the node's breaker admitted it as.
  var permit = RedisNodeState.Permit.none
  /// Sees the end before the caller does, and may send the command elsewhere: true, and the call goes on.
  var redirect: ((RedisCall, RedisOutcome) -> Bool)?

  init(
    _ command: RedisCommand, until deadline: NIODeadline, ifResponsive: Bool = false,
    _ completion: @escaping (RedisOutcome) -> Void
  ) {
    self.command = command
    self.deadline = deadline
    self.ifResponsive = ifResponsive
    self.completion = completion
  }

  var hasEnded: Bool { completion == nil }

  func finish(_ outcome: RedisOutcome) {
    guard completion != nil else { return }
    leave(with: outcome)
    if let redirect, redirect(self, outcome) { return }
    let completion = completion.take()
    redirect = nil
    completion?(outcome)
  }

  /// Nobody waits any more: it ends as cancelled. A connection that has its command serves only those who wait on it already, and is
  /// closed then; a caller with a short deadline does better to let it come. At any time, any number of times.
  package func cancel() {
    guard let completion = completion.take() else { return }
    redirect = nil
    let connection = connection
    leave(with: .failure(.cancelled))
    connection?.cancelled(ticket: ticket)
    completion(.failure(.cancelled))
  }

  private func leave(with outcome: RedisOutcome) {
    let node = node
    self.node = nil
    connection = nil
    node?.ended(self, outcome)
  }
}
