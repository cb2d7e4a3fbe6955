import EventLoops
package import NIOCore

/// One upstream service, callable from every loop: its definition, its health and the stack of policies around its connections.
package final class UpstreamClient: Sendable {
  package let definition: UpstreamDefinition
  package let health = ServiceHealth()
  private let requests: UpstreamRequests
  private let stacks: LoopLocal<UpstreamStack>

  /// Makes a stack of policies and a connection pool on each loop of the group; connects nowhere yet.
  ///
  /// - Throws: when the TLS context cannot be made, or a service credential cannot be sent.
  package init(_ definition: UpstreamDefinition, on group: any EventLoopGroup) async throws {
    self.definition = definition
    let tls = definition.endpoint.scheme == .https ? try TransportSecurity.context() : nil
    let requests = try UpstreamRequests(definition)
    self.requests = requests
    stacks = try await LoopLocal(group) { [health] loop in
      UpstreamStack(
        definition: definition, health: health,
        transport: Transport(endpoint: definition.endpoint, limits: definition.limits, tls: tls, eventLoop: loop))
    }
  }

  /// Asks the upstream, with all its policies. Must be called on `eventLoop`, which must be one of the group.
  ///
  /// - Parameter completion: called once, on `eventLoop`, with a 2xx answer or the reason why there is none; perhaps before
  ///   this returns.
  package func start(
    _ call: UpstreamCall, on eventLoop: any EventLoop, until deadline: NIODeadline,
    _ completion: @escaping (CallInFlight.Outcome) -> Void
  ) -> CallInFlight? {
    let stack = stacks[eventLoop]
    do {
      let bytes = try stack.transport.bytes(of: requests.request(for: call))
      let call = CallInFlight(bytes, stack: stack, until: deadline, completion)
      call.begin()
      return call
    } catch {
      completion(.failure(CallFailure(error)))
      return nil
    }
  }

  /// One try at the health path; what it shows is in `health`. No retries: a report says what is.
  func probe(on eventLoop: any EventLoop, until deadline: NIODeadline) async {
    var call = UpstreamCall(method: .get, target: definition.healthPath, requestID: "health-probe")
    call.isAnonymous = true
    let started = NIODeadline.now()
    let outcome = await stacks[eventLoop].transport.outcome(of: requests.request(for: call), until: deadline)
    health.observed(CallInFlight.Outcome(outcome).failure, since: started, isProbe: true)
  }

  /// Closes every connection; calls under way end as cancelled.
  package func shutDown() async throws {
    try await stacks.onEachLoop { $0.transport.shutDown() }
  }
}
