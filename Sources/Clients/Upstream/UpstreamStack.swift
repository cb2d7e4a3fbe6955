import NIOCore
import Resilience

/// The policies around the calls to one upstream, on one event loop, outermost first. This is the one place where their order is
/// written; ``CallInFlight`` takes each call through it.
///
/// 1. *evidence*: whatever a try ends with is told to the upstream's health.
/// 2. *section deadline*: no try and no pause reaches past it; given by the caller, not extended by anything below.
/// 3. *retry*: outside the attempt timeout, so that each try has its own; inside the deadline, so that it never costs more.
/// 4. *attempt timeout*: the least that one try may take from the others; inside retry for the reason above.
/// 5. *transport*: one exchange on a connection of this event loop.
///
/// Circuit breaker, hedge and concurrency limit belong between 3 and 4, in that order (design §4).
final class UpstreamStack {
  let definition: UpstreamDefinition
  let health: ServiceHealth
  let transport: Transport

  init(definition: UpstreamDefinition, health: ServiceHealth, transport: Transport) {
    self.definition = definition
    self.health = health
    self.transport = transport
  }
}
