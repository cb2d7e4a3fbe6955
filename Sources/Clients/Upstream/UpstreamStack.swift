import NIOCore
import Resilience

/// The policies around the calls to one upstream, on one event loop, outermost first. This is the one place where their order is
/// written; ``CallInFlight`` takes each call through it.
///
/// 1. *metrics and trace* of the call: outside all else, so that whatever becomes of it below (refused, queued, tried three times) is one
///    call with one outcome, the judgement of its answer included, and the time that its caller waited. What the layers below
///    do is told to the same ``CallInstruments`` by them.
/// 2. *evidence*: whatever a try ends with is told to the upstream's health, once its answer has been judged.
/// 3. *token*, where the upstream is signed in to: before the breaker, since what waits for it must not hold a permit or a place. A try
///    that was refused with a token is made once more with another, if there is one; that is no retry, and takes none from the budget.
/// 4. *section deadline*: no try, queue or pause reaches past it; given by the caller, not extended by anything below.
/// 5. *retry with budget*: outside the breaker, so that each try is admitted anew; the budget is asked last, so that a retry which
///    would not be made costs nothing.
/// 6. *circuit breaker* and `Retry-After`: outside queue and hedge: what is refused must not wait, and a hedge is not a verdict of its own.
///    Asked again of a call that has waited: what was learned meanwhile holds for it too.
/// 7. *hedge*: outside the limit, so that each of the two tries takes a place.
/// 8. *concurrency limit*: outside the attempt timeout, so that time in our queue is never held against the upstream.
/// 9. *attempt timeout*: the most that one try may take from the others.
/// 10. *transport*: one exchange on a connection of this event loop, to the endpoint with the fewest under way.
final class UpstreamStack {
  let instruments: CallInstruments
  let attemptTimeout: TimeAmount
  let retry: RetryPolicy
  let health: ServiceHealth
  let gate: CircuitGate
  var hedge: HedgePolicy?
  let slots: Slots
  let queue: SlotQueue
  let lines: [UpstreamLine]
  /// Nil where there is one endpoint.
  private var balancer: EndpointBalancer?
  let eventLoop: any EventLoop
  let sendsDeadline: Bool
  /// Where the upstream is signed in to.
  let session: ServiceSession?

  /// - Parameter lines: one for each endpoint, of one event loop.
  init(definition: UpstreamDefinition, shared: SharedPolicies, lines: [UpstreamLine], on eventLoop: any EventLoop) {
    instruments = shared.instruments
    session = shared.session
    attemptTimeout = definition.attemptTimeout
    sendsDeadline = definition.sendsDeadline
    retry = definition.policies.retry
    hedge = definition.policies.isHedged ? HedgePolicy(definition.policies.hedge) : nil
    health = shared.health
    gate = shared.gate
    slots = shared.slots
    queue = SlotQueue(
      slots: shared.slots, maxConnections: definition.limits.maxConnections * lines.count, eventLoop: eventLoop)
    self.lines = lines
    balancer = lines.count > 1 ? EndpointBalancer(count: lines.count, .init()) : nil
    self.eventLoop = eventLoop
  }

  /// The line for the next try; it must be ``leave(line:isFailure:)``-ed.
  func pickLine() -> Int { balancer?.pick(at: Instant(.now())) ?? 0 }

  func leave(line: Int, isFailure: Bool) { balancer?.finished(line, isFailure: isFailure, at: Instant(.now())) }
}

/// The way to one endpoint of an upstream, from one event loop.
struct UpstreamLine: Sendable {
  let requests: UpstreamRequests
  let transport: Transport
}

/// What the loops of a process know together of one upstream.
struct SharedPolicies: Sendable {
  let instruments: CallInstruments
  let health = ServiceHealth()
  let gate: CircuitGate
  let slots: Slots
  let session: ServiceSession?

  init(_ policies: UpstreamPolicies, _ instruments: CallInstruments, session: ServiceSession? = nil) {
    self.instruments = instruments
    self.session = session
    gate = CircuitGate(policies, instruments)
    slots = Slots(policies.concurrency)
  }
}
