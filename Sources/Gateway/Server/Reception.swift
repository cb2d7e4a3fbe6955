import Logging
import NIOCore
import NIOSSL

/// Puts our handlers on the connections of one listener: by what is spoken there, and who has room.
struct Reception: Sendable {
  /// What an accepted connection brings along.
  struct Arrival: Sendable {
    /// There are too many: it is told so.
    let isOverCapacity: Bool
    /// From here its first request has ``EdgeLimits/headTimeout``, a handshake before it included.
    let time: NIODeadline
  }

  enum Language {
    case http1, http2
  }

  let connections: EdgeConnections
  let responder: ServerConnection.Responder
  let logger: Logger
  /// Nil: nobody is refused on the connection itself.
  var gate: LimitGate?
  /// Nil: no TLS.
  var security: ServerSecurity?
  /// Without TLS: whether who begins with the preface of HTTP/2 is answered in it (RFC 9113 §3.3).
  var takesPreface = false

  func receive(_ channel: any Channel) throws {
    let admission = connections.arrived()
    channel.closeFuture.whenComplete { [connections] _ in connections.left() }
    // Not here: a channel must not be closed before it is set up.
    guard admission != .closed else { return channel.eventLoop.execute { channel.close(promise: nil) } }
    let arrival = Arrival(isOverCapacity: admission == .refused, time: .now())
    let pipeline = channel.pipeline.syncOperations
    if let security {
      try pipeline.addHandlers(security.handler(), LanguageChoice(.negotiated, arrival, self, on: channel.eventLoop))
    } else if takesPreface {
      try pipeline.addHandler(LanguageChoice(.preface, arrival, self, on: channel.eventLoop))
    } else {
      try speak(.http1, on: channel, arrival)
    }
  }

  /// Puts the handlers of the language at the end of the pipeline.
  func speak(_ language: Language, on channel: any Channel, _ arrival: Arrival) throws {
    let loop = connections.onLoop(channel.eventLoop)
    switch language {
    case .http1:
      let state = ServerConnectionState(
        limits: connections.limits, isOverCapacity: arrival.isOverCapacity, probePaths: connections.probePaths,
        openedAt: arrival.time)
      let connection = ServerConnection(loop, responder: responder, state: state, logger: logger, isSecure: security != nil)
      connection.gate = gate
      try ServerConnection.add(connection, to: channel, limits: connections.limits)
    case .http2:
      let state = HTTP2ConnectionState(
        limits: connections.limits, isOverCapacity: arrival.isOverCapacity, probePaths: connections.probePaths,
        openedAt: arrival.time)
      let connection = HTTP2Connection(loop, responder: responder, state: state, logger: logger, isSecure: security != nil)
      connection.gate = gate
      try HTTP2Connection.add(connection, to: channel, limits: connections.limits)
    }
  }
}
