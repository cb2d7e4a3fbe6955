import NIOCore
import Resilience

/// A call under way: takes it through the policies of its ``UpstreamStack``, try after try, to its one end. Belongs to its event loop.
///
/// Four of these and a counter are the fan-out of a document: no task is made, switched or ended for a section (docs/decisions/0005).
package final class CallInFlight: ExchangeOwner {
  package typealias Outcome = Result<UpstreamReply, CallFailure>

  private let stack: UpstreamStack
  private let bytes: ByteBuffer
  private let deadline: NIODeadline
  /// Nil when it has ended.
  private var completion: ((Outcome) -> Void)?

  private var attempt = 1
  private var attemptStarted = NIODeadline.uptimeNanoseconds(0)
  private var exchange: Exchange?
  private var pause: Scheduled<Void>?

  init(_ bytes: ByteBuffer, stack: UpstreamStack, until deadline: NIODeadline, _ completion: @escaping (Outcome) -> Void) {
    self.bytes = bytes
    self.stack = stack
    self.deadline = deadline
    self.completion = completion
  }

  /// Nobody waits any more: what is under way is given up, and the call ends as cancelled. At any time, any number of times.
  package func cancel() {
    pause?.cancel()
    if let exchange { exchange.cancel() } else { end(.failure(CallFailure(.cancelled))) }
  }

  func begin() {
    attemptStarted = .now()
    let exchange = stack.transport.exchange(bytes, until: min(deadline, attemptStarted + stack.definition.attemptTimeout))
    self.exchange = exchange
    exchange.start(for: self)
  }

  func ended(_ exchange: Exchange, _ outcome: Exchange.Outcome) {
    self.exchange = nil
    let result = Outcome(outcome)
    switch result {
    case .success:
      stack.health.observed(nil, since: attemptStarted)
      end(result)
    case .failure(let failure):
      stack.health.observed(failure, since: attemptStarted)
      retry(after: failure)
    }
  }

  private func retry(after failure: CallFailure) {
    let decision = stack.definition.retry.decide(
      afterAttempt: attempt, mayHelp: failure.mayHelpToRetry, retryAfter: failure.retryAfter,
      timeLeft: .nanoseconds((deadline - .now()).nanoseconds), chance: .random(in: 0...1))
    guard case .retry(let delay) = decision else { return end(.failure(failure)) }
    attempt += 1
    pause = stack.transport.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) {
      self.pause = nil
      self.begin()
    }
  }

  private func end(_ outcome: Outcome) {
    completion.take()?(outcome)
  }
}

extension CallInFlight.Outcome {
  /// A 2xx answer, or why there is none.
  init(_ outcome: Exchange.Outcome) {
    switch outcome {
    case .failure(let error): self = .failure(CallFailure(error))
    case .success(let response) where (200..<300).contains(response.status):
      self = .success(UpstreamReply(status: response.status, body: response.body))
    case .success(let response): self = .failure(CallFailure(status: response.status, headers: response.headers))
    }
  }

  /// Why there is no answer, if there is none.
  var failure: CallFailure? {
    if case .failure(let failure) = self { failure } else { nil }
  }
}
