import NIOCore
import NIOPosix

/// The listening socket of the edge: gives every connection it accepts our handlers, on a loop of its own.
///
/// Plain NIO: a server that hands each connection to a task first accepts as fast as its tasks get to run, which under load is seconds
/// too late (docs/decisions/0007).
struct Listener: Sendable {
  private let channel: any Channel

  /// Listens from now on.
  static func bind(
    host: String, port: Int, reception: Reception, on group: any EventLoopGroup
  ) async throws -> Listener {
    let channel = try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 4096)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      // So many connections are accepted before the loop looks after those that it has.
      .serverChannelOption(.maxMessagesPerRead, value: 64)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(AcceptPause(reception.connections, logger: reception.logger))
        }
      }
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      // What one read brings is looked at before there is another.
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try reception.receive(channel)
        }
      }
      .bind(host: host, port: port).get()
    return Listener(channel: channel)
  }

  var port: Int { channel.localAddress?.port ?? 0 }

  /// Takes no more connections; those that are open go on.
  func close() async throws {
    do { try await channel.close() } catch ChannelError.alreadyClosed {}
  }
}
