import NIOCore
import Resilience

/// The policies around a call, outermost first. This is the one place where their order is written:
///
/// 1. *evidence*: whatever the call ends with is told to the upstream's health, once a try.
/// 2. *section deadline*: no try and no pause reaches past it; given by the caller, not extended by anything below.
/// 3. *retry*: outside the attempt timeout, so that each try has its own; inside the deadline, so that it never costs more.
/// 4. *attempt timeout*: the least that one try may take from the others; inside retry for the reason above.
/// 5. *transport*: one exchange on a connection of this event loop.
///
/// Circuit breaker, hedge and concurrency limit belong between 3 and 4, in that order (design §4).
package struct UpstreamStack: Sendable {
  private let definition: UpstreamDefinition
  private let health: ServiceHealth
  private let exchange: UpstreamExchange

  init(definition: UpstreamDefinition, health: ServiceHealth, exchange: UpstreamExchange) {
    self.definition = definition
    self.health = health
    self.exchange = exchange
  }

  /// Must run on `eventLoop`.
  func call(
    _ call: UpstreamCall, on eventLoop: any EventLoop, until deadline: NIODeadline
  ) async throws(CallFailure) -> UpstreamReply {
    var attempt = 1
    while true {
      let started = NIODeadline.now()
      do {
        let reply = try await exchange.perform(call, on: eventLoop, until: min(deadline, started + definition.attemptTimeout))
        health.observed(nil, since: started)
        return reply
      } catch {
        health.observed(error, since: started)
        let pause = definition.retry.decide(
          afterAttempt: attempt, mayHelp: error.mayHelpToRetry, retryAfter: error.retryAfter,
          timeLeft: .nanoseconds((deadline - .now()).nanoseconds), chance: .random(in: 0...1))
        guard case .retry(let delay) = pause else { throw error }
        do { try await Task.sleep(for: delay) } catch { throw CallFailure(.cancelled) }
        attempt += 1
      }
    }
  }
}
