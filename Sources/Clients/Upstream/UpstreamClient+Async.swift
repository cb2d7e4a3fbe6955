import EventLoops
package import NIOCore

extension UpstreamClient {
  /// Asks the upstream, with all its policies, and waits. Must run on `eventLoop`, which must be one of the group. When the task is
  /// cancelled, so is the call.
  ///
  /// - Returns: a 2xx answer.
  package func call(
    _ call: UpstreamCall, on eventLoop: any EventLoop, until deadline: NIODeadline
  ) async throws(CallFailure) -> UpstreamReply {
    let inFlight = NIOLoopBoundBox<CallInFlight?>(nil, eventLoop: eventLoop)
    guard !Task.isCancelled else { throw CallFailure(.cancelled) }
    let outcome: CallInFlight.Outcome = await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        inFlight.value = start(call, on: eventLoop, until: deadline) { call, outcome in
          call.judged(nil)
          continuation.resume(returning: outcome)
        }
      }
    } onCancel: {
      eventLoop.execute { inFlight.value?.cancel() }
    }
    return try outcome.get()
  }
}
