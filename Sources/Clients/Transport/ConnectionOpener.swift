import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Makes connections to one endpoint. Belongs to its event loop.
final class ConnectionOpener {
  private let endpoint: Endpoint
  private let tls: NIOSSLContext?
  private let eventLoop: any EventLoop
  /// The address of an endpoint that is given by its address.
  private let literal: SocketAddress?
  private let lookup: HostLookup

  init(endpoint: Endpoint, tls: NIOSSLContext?, eventLoop: any EventLoop) {
    self.endpoint = endpoint
    self.tls = tls
    self.eventLoop = eventLoop
    self.literal = try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port)  // Nil says: it is a name.
    self.lookup = HostLookup(host: endpoint.host, port: endpoint.port, eventLoop: eventLoop)
  }

  /// Opens one connection for `pool`; tells `completion`, on the loop, once.
  func open(
    for pool: ConnectionPool, _ limits: TransportLimits, _ completion: @escaping (Result<HTTPConnection, TransportError>) -> Void
  ) {
    if endpoint.scheme == .https, tls == nil {
      eventLoop.assumeIsolated().execute { completion(.failure(.tlsFailed)) }
      return
    }
    let bootstrap = bootstrap(for: pool, limits)
    let channel =
      if let literal {
        bootstrap.connect(to: literal)
      } else {
        bootstrap.resolver(lookup.resolver()).connect(host: endpoint.host, port: endpoint.port)
      }
    channel.assumeIsolated().whenComplete { result in
      switch self.connection(result) {
      case .success(let connection): completion(.success(connection))
      // Not at once: the answer to a failure may be the next attempt, and where each fails at once the stack would grow.
      case .failure(let error): self.eventLoop.assumeIsolated().execute { completion(.failure(error)) }
      }
    }
  }

  private func connection(_ result: Result<any Channel, any Error>) -> Result<HTTPConnection, TransportError> {
    do {
      return .success(try result.get().pipeline.syncOperations.handler(type: HTTPConnection.self))
    } catch ChannelPipelineError.notFound {
      return .failure(.reset(responseStarted: false))
    } catch {
      let error = TransportError(connecting: error)
      if error.code == .connectFailed || error.code == .connectRefused { lookup.forget() }
      return .failure(error)
    }
  }

  private func bootstrap(for pool: ConnectionPool, _ limits: TransportLimits) -> ClientBootstrap {
    let tls = endpoint.scheme == .https ? tls : nil
    let serverName = literal == nil ? endpoint.host : nil
    let pool = NIOLoopBound(pool, eventLoop: eventLoop)
    return ClientBootstrap(group: eventLoop)
      .connectTimeout(limits.connectTimeout)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(
        .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 16 * 1024, initial: 32 * 1024, maximum: 512 * 1024)
      )
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if let tls { try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: serverName)) }
          try Self.addHandlers(pipeline, pool.value, limits)
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
