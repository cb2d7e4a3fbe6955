package import NIOCore

extension RedisClient {
  /// Sends a command and waits for its reply. From anywhere; off the loop it costs a hop each way. When the task is cancelled, so is
  /// the command.
  package func send(
    _ command: RedisCommand, on eventLoop: any EventLoop, until deadline: NIODeadline? = nil
  ) async throws(RedisError) -> RedisReply {
    guard !Task.isCancelled else { throw .cancelled }
    let progress = NIOLoopBoundBox<Progress?>.makeEmptyBox(valueType: Progress.self, eventLoop: eventLoop)
    let outcome: RedisOutcome = await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        onLoop(eventLoop) {
          // The cancellation may have overtaken the command on its way to the loop.
          if case .cancelled = progress.value { return continuation.resume(returning: .failure(.cancelled)) }
          progress.value = .underWay(
            self.send(command, on: eventLoop, until: deadline) { continuation.resume(returning: $0) })
        }
      }
    } onCancel: {
      eventLoop.execute {
        if case .underWay(let call) = progress.value { call.cancel() } else { progress.value = .cancelled }
      }
    }
    return try outcome.get()
  }

  /// Of a command whose task may be cancelled; nil before it has come to the loop.
  private enum Progress {
    case underWay(RedisCall)
    case cancelled
  }

  /// Runs a script and waits for its reply.
  package func run(
    _ script: RedisScript, keys: [[UInt8]], arguments: [RedisArgument] = [], on eventLoop: any EventLoop
  ) async throws(RedisError) -> RedisReply {
    let outcome: RedisOutcome = await withUnsafeContinuation { continuation in
      onLoop(eventLoop) {
        self.run(script, keys: keys, arguments: arguments, on: eventLoop) { continuation.resume(returning: $0) }
      }
    }
    return try outcome.get()
  }

  private func onLoop(_ eventLoop: any EventLoop, _ body: @escaping @Sendable () -> Void) {
    if eventLoop.inEventLoop { body() } else { eventLoop.execute(body) }
  }
}
