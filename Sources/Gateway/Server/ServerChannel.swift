import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// What Hummingbird's server does with a connection that it has accepted: gives it our handlers, and waits until it is closed.
struct ServerChannel: ServerChildChannel {
  struct Value: ServerChildChannelValue {
    let channel: any Channel
  }

  let connections: EdgeConnections
  let responder: ServerConnection.Responder

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      let admission = connections.arrived()
      channel.closeFuture.whenComplete { [connections] _ in connections.left() }
      guard admission != .closed else {
        // Not here: a channel whose setup fails ends the listening one.
        channel.eventLoop.execute { channel.close(promise: nil) }
        return Value(channel: channel)
      }
      // What one read brings is looked at before there is another.
      try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
      let state = ServerConnectionState(
        limits: connections.limits, isOverCapacity: admission == .refused, probePaths: connections.probePaths, openedAt: .now())
      let connection = ServerConnection(connections.onLoop(channel.eventLoop), responder: responder, state: state, logger: logger)
      try ServerConnection.add(connection, to: channel, limits: connections.limits)
      return Value(channel: channel)
    }
  }

  /// Everything happens on the channel's loop; a cancelled server leaves no connection behind.
  func handle(value: Value, logger: Logger) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        value.channel.closeFuture.whenComplete { _ in continuation.resume() }
      }
    } onCancel: {
      value.channel.close(promise: nil)
    }
  }
}
