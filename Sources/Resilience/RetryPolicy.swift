/// Whether a failed try is worth another one, and when.
///
/// Pure: the caller says what happened, how much time is left and what chance drew.
package struct RetryPolicy: Sendable, Equatable {
  /// Tries in all, the first one included; 1 means no retries.
  package var attempts: Int
  package var backoff: Backoff

  package init(attempts: Int, backoff: Backoff) {
    self.attempts = attempts
    self.backoff = backoff
  }

  /// The pauses after a refused connection: two of them are over within 30 ms, so that a port where nobody listens is known within 50.
  private static let refusalBackoff = Backoff(base: .milliseconds(10), maximum: .milliseconds(20))

  /// One try.
  package static let never = RetryPolicy(attempts: 1, backoff: Backoff(base: .zero, maximum: .zero))

  package enum Decision: Sendable, Equatable {
    case retry(after: Duration)
    case giveUp
  }

  /// - Parameters:
  ///   - attempt: the number of the try that has just failed, from 1.
  ///   - mayHelp: whether another try can end differently (a refused connection, 503), as opposed to a lasting refusal (404).
  ///   - isRefusal: the connection was refused: known at once, and asking again costs nobody anything; the pauses are short.
  ///   - retryAfter: what the upstream asked us to wait, if it said so; never waited less than that.
  ///   - timeLeft: until the deadline; a pause that would reach it is not begun.
  ///   - chance: an even draw from 0 to 1.
  package func decide(
    afterAttempt attempt: Int, mayHelp: Bool, isRefusal: Bool = false, retryAfter: Duration?, timeLeft: Duration, chance: Double
  ) -> Decision {
    guard mayHelp, attempt < attempts else { return .giveUp }
    let backoff = isRefusal ? Self.refusalBackoff : backoff
    let pause = max(backoff.delay(beforeAttempt: attempt + 1, chance: chance), retryAfter ?? .zero)
    return pause < timeLeft ? .retry(after: pause) : .giveUp
  }
}
