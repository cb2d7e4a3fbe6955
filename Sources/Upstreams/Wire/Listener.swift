import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// One TCP port: its listening socket, which can be closed and bound again, and the connections that came through it.
final class Listener: Sendable {
  /// A connection came while the listener was being closed.
  struct Closed: Error {}

  private struct State {
    var channel: (any Channel)?
    /// The port that was bound first; it stays the same ever after.
    var port: Int
    /// Keeps the port while the listening socket is closed.
    var keeper: PortKeeper?
    var connections: [ObjectIdentifier: any Channel] = [:]
    var accepts = false
    var isStopped = false
  }

  private let group: any EventLoopGroup
  private let host: String
  private let counters: ServiceCounters?
  private let state: Mutex<State>

  /// - Parameters:
  ///   - port: 0 for any free one.
  ///   - counters: told of connections that open and close, if given.
  init(on group: any EventLoopGroup, host: String, port: Int, counters: ServiceCounters? = nil) {
    self.group = group
    self.host = host
    self.counters = counters
    state = Mutex(State(port: port))
  }

  /// The bound port; 0 before the first `open`.
  var port: Int { state.withLock { $0.port } }

  /// Binds, unless it is bound; every connection gets a handler of its own. Not to be called again before the last call has
  /// ended.
  func open(_ makeHandler: @escaping @Sendable () -> ConnectionHandler) -> EventLoopFuture<Void> {
    let (isOpen, isStopped, port, isKept) = state.withLock { ($0.channel != nil, $0.isStopped, $0.port, $0.keeper != nil) }
    let loop = group.any()
    if isStopped { return loop.makeFailedFuture(ChannelError.ioOnClosedChannel) }
    if isOpen { return loop.makeSucceededVoidFuture() }
    state.withLock { $0.accepts = true }
    return ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(ChannelOptions.Types.SocketOption.sharedWithKeeper, value: isKept ? 1 : 0)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try self.admit(channel, handler: makeHandler()) }
      }
      .bind(host: host, port: port)
      .flatMap { channel in
        channel.setOption(ChannelOptions.Types.SocketOption.sharedWithKeeper, value: 1).flatMap { self.opened(channel) }
      }
  }

  /// The first bind is without `SO_REUSEPORT`, so that it fails where somebody else listens; from then on the port is kept.
  private func opened(_ channel: any Channel) -> EventLoopFuture<Void> {
    let isStopped: Bool
    do {
      isStopped = try state.withLock { state in
        if state.isStopped { return true }
        if state.keeper == nil, let address = channel.localAddress { state.keeper = try PortKeeper(address) }
        state.channel = channel
        state.port = channel.localAddress?.port ?? state.port
        return false
      }
    } catch {
      channel.close(promise: nil)
      return channel.eventLoop.makeFailedFuture(error)
    }
    return isStopped ? channel.close() : channel.eventLoop.makeSucceededVoidFuture()
  }

  /// Closes the listening socket and every connection but the spared one. Succeeds when all are closed.
  func close(sparing spared: ObjectIdentifier? = nil) -> EventLoopFuture<Void> {
    let listening = state.withLock { state in
      state.accepts = false
      return state.channel.take()
    }
    let loop = group.any()
    let socketClosed = listening.map { Self.close($0, on: loop) } ?? loop.makeSucceededVoidFuture()
    return socketClosed.flatMap {
      let connections = self.state.withLock { $0.connections.filter { $0.key != spared }.map(\.value) }
      return .andAllComplete(connections.map { Self.close($0, on: loop) }, on: loop)
    }
  }

  /// Like `close`, for good: it cannot be opened again.
  func stop() -> EventLoopFuture<Void> {
    state.withLock { $0.isStopped = true }
    return close().always { _ in self.state.withLock { $0.keeper = nil } }
  }

  /// Succeeds when the channel is closed, whoever closed it.
  private static func close(_ channel: any Channel, on loop: any EventLoop) -> EventLoopFuture<Void> {
    channel.close(promise: nil)
    return channel.closeFuture.hop(to: loop)
  }

  private func admit(_ channel: any Channel, handler: ConnectionHandler) throws {
    let id = ObjectIdentifier(channel)
    let isAdmitted = state.withLock { state in
      if state.accepts { state.connections[id] = channel }
      return state.accepts
    }
    guard isAdmitted else { throw Closed() }
    counters?.connectionOpened()
    channel.closeFuture.whenComplete { _ in
      self.state.withLock { _ = $0.connections.removeValue(forKey: id) }
      self.counters?.connectionClosed()
    }
    try channel.pipeline.syncOperations.addHandlers([ByteToMessageHandler(HTTPRequestDecoder()), handler])
  }
}
