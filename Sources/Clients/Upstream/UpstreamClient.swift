import EventLoops
package import NIOCore

/// One upstream service, callable from every loop: its definition, its health and the stack of policies around its connections.
package final class UpstreamClient: Sendable {
  package let definition: UpstreamDefinition
  package let health = ServiceHealth()
  private let exchange: UpstreamExchange
  private let stack: UpstreamStack
  private let transports: LoopLocal<Transport>

  /// Makes a connection pool on each loop of the group; connects nowhere yet.
  ///
  /// - Throws: when the TLS context cannot be made, or a service credential cannot be sent.
  package init(_ definition: UpstreamDefinition, on group: any EventLoopGroup) async throws {
    self.definition = definition
    let tls = definition.endpoint.scheme == .https ? try TransportSecurity.context() : nil
    transports = try await LoopLocal(group) { loop in
      Transport(endpoint: definition.endpoint, limits: definition.limits, tls: tls, eventLoop: loop)
    }
    exchange = try UpstreamExchange(definition: definition, transports: transports)
    stack = UpstreamStack(definition: definition, health: health, exchange: exchange)
  }

  /// Asks the upstream, with all its policies. Must run on `eventLoop`, which must be one of the group.
  ///
  /// - Returns: a 2xx answer.
  package func call(
    _ call: UpstreamCall, on eventLoop: any EventLoop, until deadline: NIODeadline
  ) async throws(CallFailure) -> UpstreamReply {
    try await stack.call(call, on: eventLoop, until: deadline)
  }

  /// One try at the health path; what it shows is in `health`. No retries: a report says what is.
  func probe(on eventLoop: any EventLoop, until deadline: NIODeadline) async {
    var call = UpstreamCall(method: .get, target: definition.healthPath, requestID: "health-probe")
    call.isAnonymous = true
    let started = NIODeadline.now()
    do {
      _ = try await exchange.perform(call, on: eventLoop, until: deadline)
      health.observed(nil, since: started, isProbe: true)
    } catch {
      health.observed(error, since: started, isProbe: true)
    }
  }

  /// Closes every connection; calls under way end as cancelled.
  package func shutDown() async throws {
    try await transports.onEachLoop { $0.shutDown() }
  }
}
