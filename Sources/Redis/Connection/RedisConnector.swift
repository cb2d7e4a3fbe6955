import NIOCore
import NIOPosix
import NIOSSL

/// Makes connections. Belongs to its event loop.
struct RedisConnector {
  let setup: RedisSetup
  let eventLoop: any EventLoop

  /// Opens a connection for `owner`, who is told when it is ready, or that it is closed. `failed`: there was no connection at all.
  func open(_ endpoint: RedisEndpoint, for owner: any RedisConnectionOwner, failed: @escaping (RedisError) -> Void) {
    let deadline = NIODeadline.now() + setup.connectTimeout
    open(endpoint, { RedisConnection(owner: owner, setup: setup, until: deadline) }, failed: failed)
  }

  /// Opens a channel with a handler of another kind.
  ///
  /// Nothing is read before the handlers are there; and those that lose the race between the addresses of a name never get any.
  func open(
    _ endpoint: RedisEndpoint, _ handler: @escaping () -> some ChannelInboundHandler, failed: @escaping (RedisError) -> Void
  ) {
    let bootstrap = ClientBootstrap(group: eventLoop)
      .connectTimeout(setup.connectTimeout)
      .channelOption(.autoRead, value: false)
      .channelOption(
        .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 4 * 1024, initial: 16 * 1024, maximum: 256 * 1024))
    connect(bootstrap, endpoint).assumeIsolated().whenComplete { result in
      guard case .success(let channel) = result, channel.isActive else { return failed(.unavailable) }
      do {
        try self.addHandlers(to: channel, endpoint, handler())
      } catch {
        channel.close(promise: nil)
        failed(.unavailable)
      }
    }
  }

  private func addHandlers(to channel: any Channel, _ endpoint: RedisEndpoint, _ handler: some ChannelInboundHandler) throws {
    let pipeline = channel.pipeline.syncOperations
    if let tls = setup.tls {
      try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: serverName(of: endpoint)))
    }
    try pipeline.addHandler(handler)
    try channel.syncOptions?.setOption(.autoRead, value: true)
  }

  private func connect(_ bootstrap: ClientBootstrap, _ endpoint: RedisEndpoint) -> EventLoopFuture<any Channel> {
    switch endpoint {
    case .unix(let path):
      return bootstrap.connect(unixDomainSocketPath: path)
    case .tcp(let host, let port):
      let bootstrap = bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1)
      return bootstrap.connect(host: host, port: port)
    }
  }

  /// Nil for an address: then the certificate must hold that.
  private func serverName(of endpoint: RedisEndpoint) -> String? {
    if let name = setup.serverName { return name }
    guard case .tcp(let host, let port) = endpoint else { return nil }
    // The initialiser throws for what is a name, and that is no fault.
    let isAddress = (try? SocketAddress(ipAddress: host, port: port)) != nil
    return isAddress ? nil : host
  }
}
