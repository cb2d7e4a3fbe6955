import EventLoops
package import NIOCore
import Synchronization

/// One upstream service, callable from every loop: its definition, its health and the stack of policies around its connections.
package final class UpstreamClient: Sendable {
  package let definition: UpstreamDefinition
  private let shared: SharedPolicies
  private let stacks: LoopLocal<UpstreamStack>

  /// Makes a stack of policies and a connection pool on each loop of the group; connects nowhere yet. Metrics and spans go to what
  /// the process has been given for them by now.
  ///
  /// - Parameters:
  ///   - standIn: answers in place of its endpoints; then no TLS context is made.
  ///   - readToken: reads what a sign-in is answered with; without it none succeeds.
  /// - Throws: when the TLS context cannot be made, or a service credential cannot be sent.
  package init(
    _ definition: UpstreamDefinition, on group: any EventLoopGroup, standIn: StandIn? = nil,
    readToken: @escaping SignInRule.Reader = { _, _ in nil }
  ) async throws {
    self.definition = definition
    let isSecure = standIn == nil && definition.endpoints.contains { $0.scheme == .https }
    let tls = isSecure ? try TransportSecurity.context(definition.tls ?? UpstreamTLS()) : nil
    let session: ServiceSession? =
      if case .signIn(let rule) = definition.identity { ServiceSession(rule, readToken) } else { nil }
    let shared = SharedPolicies(definition.policies, CallInstruments(upstream: definition.name), session: session)
    self.shared = shared
    let requests = try definition.endpoints.map { try UpstreamRequests(definition, endpoint: $0) }
    stacks = try await LoopLocal(group) { loop in
      let lines = zip(definition.endpoints, requests).map { endpoint, requests in
        UpstreamLine(
          requests: requests,
          transport: Transport(
            endpoint: endpoint, limits: definition.limits, tls: tls, serverName: definition.tls?.serverName,
            standIn: standIn, eventLoop: loop))
      }
      return UpstreamStack(definition: definition, shared: shared, lines: lines, on: loop)
    }
  }

  package var health: ServiceHealth { shared.health }
  /// The state of its circuit breaker.
  package var circuit: CircuitGate.Word { shared.gate.word }
  /// Tries under way, and calls that wait for a place, in the whole process.
  package var inFlight: Int { shared.slots.inFlight }
  package var queued: Int { shared.slots.queued }

  /// Its connections, of all loops and endpoints; nil at the end of the process, when a loop answers no more.
  package func connections() async -> Transport.Counts? {
    let sum = ConnectionSum()
    do {
      try await stacks.onEachLoop { stack in
        for line in stack.lines { sum.add(line.transport.counts) }
      }
    } catch { return nil }
    return sum.counts
  }

  /// Asks the upstream, with all its policies. Must be called on `eventLoop`, which must be one of the group.
  ///
  /// - Parameter completion: called once, on `eventLoop`, with a 2xx answer or the reason why there is none; perhaps before
  ///   this returns. An answer must be judged (``CallInFlight/judged(_:)``).
  @discardableResult
  package func start(
    _ call: UpstreamCall, on eventLoop: any EventLoop, until deadline: NIODeadline,
    _ completion: @escaping (CallInFlight, CallInFlight.Outcome) -> Void
  ) -> CallInFlight {
    let call = CallInFlight(call, stack: stacks[eventLoop], until: deadline, completion)
    call.begin()
    return call
  }

  /// One try at the health path; what it shows is in `health`. No retries: a report says what is. No call of anybody's: neither
  /// counted nor traced.
  ///
  /// - Parameter completion: called once, on `eventLoop`, on which this must be called.
  func probe(on eventLoop: any EventLoop, until deadline: NIODeadline, _ completion: @escaping () -> Void) {
    var call = UpstreamCall(method: .get, target: definition.healthPath, requestID: "health-probe")
    call.isAnonymous = true
    let started = NIODeadline.now()
    let stack = stacks[eventLoop]
    let line = stack.pickLine()
    let ended = { [health] (outcome: Exchange.Outcome) in
      let failure = CallInFlight.Outcome(outcome).failure
      stack.leave(line: line, isFailure: failure != nil)
      health.observed(failure, after: .now() - started, isProbe: true)
      completion()
    }
    do {
      let (requests, transport) = (stack.lines[line].requests, stack.lines[line].transport)
      let bytes = try transport.bytes(of: requests.request(for: call))
      transport.exchange(bytes, until: deadline).start(for: ExchangeCallback(ended))
    } catch {
      ended(.failure(error))
    }
  }

  /// Closes every connection; calls under way end as cancelled.
  package func shutDown() async throws {
    try await stacks.onEachLoop { stack in
      for line in stack.lines { line.transport.shutDown() }
    }
  }

  /// The same, a while from now: what is under way may end by itself until then.
  package func shutDown(after time: TimeAmount) async throws {
    try await stacks.onEachLoop { stack in
      stack.eventLoop.assumeIsolated().scheduleTask(in: time) {
        for line in stack.lines { line.transport.shutDown() }
      }
    }
  }
}

/// Added up loop by loop.
private final class ConnectionSum: Sendable {
  private let sum = Mutex(Transport.Counts(open: 0, connecting: 0, idle: 0, leased: 0, waiting: 0))

  var counts: Transport.Counts { sum.withLock { $0 } }

  func add(_ counts: Transport.Counts) {
    sum.withLock { sum in
      sum.open += counts.open
      sum.connecting += counts.connecting
      sum.idle += counts.idle
      sum.leased += counts.leased
      sum.waiting += counts.waiting
    }
  }
}
