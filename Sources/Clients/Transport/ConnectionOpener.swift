import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Makes connections to one endpoint. Belongs to its event loop.
final class ConnectionOpener {
  private let endpoint: Endpoint
  private let tls: NIOSSLContext?
  /// For the handshake, and for the look at the peer's certificate; nil where that has to name the address.
  private let serverName: String?
  private let eventLoop: any EventLoop
  private let lookup: HostLookup
  /// The addresses of an endpoint that no resolver needs to be asked about.
  private let fixed: [SocketAddress]?
  private var rotation: AddressRotation

  init(
    endpoint: Endpoint, tls: NIOSSLContext?, serverName: String? = nil, eventLoop: any EventLoop, lookup: HostLookup = .system,
    rotation: AddressRotation = AddressRotation(turn: .random(in: 0...UInt.max))
  ) {
    self.endpoint = endpoint
    self.tls = tls
    self.eventLoop = eventLoop
    self.lookup = lookup
    self.rotation = rotation
    let literal = Self.addresses([endpoint.host], endpoint.port)
    self.serverName = serverName ?? (literal.isEmpty ? endpoint.host : nil)
    let known = endpoint.isLocalhost ? Self.addresses(["::1", "127.0.0.1"], endpoint.port) : literal
    self.fixed = known.isEmpty ? nil : known
  }

  /// Opens one connection for `pool`; tells `completion`, on the loop, once, within `connectTimeout`.
  func open(
    for pool: ConnectionPool, _ limits: TransportLimits, _ completion: @escaping (Result<HTTPConnection, TransportError>) -> Void
  ) {
    guard endpoint.scheme == .http || tls != nil else { return fail(.tlsFailed, completion) }
    let deadline = NIODeadline.now() + limits.connectTimeout
    if let fixed { return race(fixed, until: deadline, for: pool, limits) { self.complete($0, completion) } }
    lookup.addresses(of: endpoint.host, on: eventLoop, until: deadline).assumeIsolated().whenComplete { result in
      switch result {
      case .success(let answer):
        self.race(self.withPort(answer.addresses), until: deadline, for: pool, limits) { result in
          if case .failure = result { self.lookup.unreachable(answer, of: self.endpoint.host) }
          self.complete(result, completion)
        }
      case .failure(let error): self.fail(TransportError(connecting: error), completion)
      }
    }
  }

  private func race(
    _ addresses: [SocketAddress], until deadline: NIODeadline, for pool: ConnectionPool, _ limits: TransportLimits,
    _ completion: @escaping (Result<any Channel, TransportError>) -> Void
  ) {
    let ordered = rotation.order(addresses, at: .now())
    let attempt = ConnectionAttempt(addresses: ordered, until: deadline, on: eventLoop) { created in
      self.bootstrap(for: pool, limits, created)
    } completion: { outcome in
      for address in outcome.failed { self.rotation.failed(address, at: .now()) }
      if let reached = outcome.reached { self.rotation.reached(reached) }
      completion(outcome.channel)
    }
    attempt.start()
  }

  private func complete(
    _ result: Result<any Channel, TransportError>, _ completion: @escaping (Result<HTTPConnection, TransportError>) -> Void
  ) {
    do {
      completion(.success(try result.get().pipeline.syncOperations.handler(type: HTTPConnection.self)))
    } catch ChannelPipelineError.notFound {
      fail(.reset(responseStarted: false), completion)
    } catch {
      fail(TransportError(connecting: error), completion)
    }
  }

  /// Not at once: the answer to a failure may be the next attempt, and where each fails at once the stack would grow.
  private func fail(_ error: TransportError, _ completion: @escaping (Result<HTTPConnection, TransportError>) -> Void) {
    eventLoop.assumeIsolated().execute { completion(.failure(error)) }
  }

  /// Those of the texts that are addresses; the initialiser throws for what is a name, and that is no fault.
  private static func addresses(_ texts: [String], _ port: Int) -> [SocketAddress] {
    texts.compactMap { try? SocketAddress(ipAddress: $0, port: port) }
  }

  private func withPort(_ addresses: [SocketAddress]) -> [SocketAddress] {
    addresses.map { address in
      var address = address
      address.port = endpoint.port
      return address
    }
  }

  private func bootstrap(
    for pool: ConnectionPool, _ limits: TransportLimits, _ created: @escaping (any Channel) -> Void
  ) -> ClientBootstrap {
    let tls = endpoint.scheme == .https ? tls : nil
    let serverName = serverName
    let bound = NIOLoopBound((pool: pool, created: created), eventLoop: eventLoop)
    return ClientBootstrap(group: eventLoop)
      .connectTimeout(limits.connectTimeout)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(
        .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 16 * 1024, initial: 32 * 1024, maximum: 512 * 1024)
      )
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          bound.value.created(channel)
          let pipeline = channel.pipeline.syncOperations
          if let tls { try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: serverName)) }
          try Self.addHandlers(pipeline, bound.value.pool, limits)
        }
      }
  }

  private static func addHandlers(
    _ pipeline: ChannelPipeline.SynchronousOperations, _ pool: ConnectionPool, _ limits: TransportLimits
  ) throws {
    var fieldLimits = NIOHTTPDecoderLimitConfiguration()
    fieldLimits.maxHeaderFieldSize = limits.maxHeaderBytes
    fieldLimits.maxHeaderListSize = limits.maxHeaderBytes
    let parser = HTTPResponseDecoder(limitConfiguration: fieldLimits)
    let connection = HTTPConnection(pool: pool, parser: parser, limits: limits)
    try pipeline.addHandler(HTTPWire(connection))
    try pipeline.addHandler(ByteToMessageHandler(parser))
    try pipeline.addHandler(connection)
  }
}
