import Glibc
import Logging
import NIOCore

/// Leaves a listening socket alone for a while when the process has no descriptor, or the host no memory, for another connection.
///
/// NIO's own back-off delays the next read that is asked for; when not one connection could be accepted none is, the socket stays readable,
/// and the loop would turn without an end. Clients wait in the kernel meanwhile.
final class AcceptPause: ChannelInboundHandler {
  typealias InboundIn = any Channel

  private let connections: EdgeConnections
  private let logger: Logger
  private var resumption: Scheduled<Void>?
  private var nextLine = NIODeadline.uptimeNanoseconds(0)

  private static let pause = TimeAmount.milliseconds(100)
  private static let lineInterval = TimeAmount.seconds(1)

  init(_ connections: EdgeConnections, logger: Logger) {
    self.connections = connections
    self.logger = logger
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let failure = error as? IOError else { return context.fireErrorCaught(error) }
    // A client that was gone before it was accepted is nobody else's matter.
    guard failure.errnoCode != ECONNABORTED, resumption == nil else { return }
    tell(of: failure)
    setReading(false, of: context.channel)
    resumption = context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
      self.resumption = nil
      self.setReading(true, of: context.channel)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    resumption?.cancel()
    resumption = nil
  }

  private func tell(of failure: IOError) {
    let now = NIODeadline.now()
    guard now >= nextLine else { return }
    nextLine = now + Self.lineInterval
    logger.warning(
      "No connection can be accepted",
      metadata: ["error": "\(String(cString: strerror(failure.errnoCode)))", "edge.connections": "\(connections.open)"])
  }

  private func setReading(_ isOn: Bool, of channel: any Channel) {
    do {
      try channel.syncOptions?.setOption(.autoRead, value: isOn)
    } catch {
      // The socket is closed: nothing is accepted any more.
    }
  }
}
