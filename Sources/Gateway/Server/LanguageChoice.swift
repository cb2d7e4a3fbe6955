import NIOCore
import NIOTLS

/// The handler of a connection of which nobody knows yet what will be spoken on it. Makes way for those who speak it.
final class LanguageChoice: ChannelInboundHandler, RemovableChannelHandler, EdgeConnection {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  enum Rule {
    /// The handshake of TLS says it (ALPN, RFC 7301); whoever does not ask for HTTP/2 speaks HTTP/1.
    case negotiated
    /// The first bytes say it.
    case preface
  }

  var slot: Int?
  private let rule: Rule
  private let arrival: Reception.Arrival
  private let reception: Reception
  private let loop: LoopConnections
  private let deadline: NIODeadline
  private var context: ChannelHandlerContext?
  /// Bytes that do not decide yet.
  private var held = ByteBuffer()
  private var isMade = false

  init(_ rule: Rule, _ arrival: Reception.Arrival, _ reception: Reception, on eventLoop: any EventLoop) {
    self.rule = rule
    self.arrival = arrival
    self.reception = reception
    loop = reception.connections.onLoop(eventLoop)
    deadline = arrival.time + reception.connections.limits.headTimeout
  }

  func look(at now: NIODeadline) { if now >= deadline { cut() } }
  func quiesce() { cut() }
  func shutDown() { cut() }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    loop.add(self)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    loop.remove(self)
    self.context = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = Self.unwrapInboundIn(data)
    if held.readableBytes == 0 { held = bytes } else { held.writeImmutableBuffer(bytes) }
    // Nothing comes through TLS before its handshake is over.
    guard rule == .preface else { return make(.http1) }
    let preface = HTTP2Preface.bytes.readableBytesView
    let isPrefix = zip(held.readableBytesView, preface).allSatisfy { $0 == $1 }
    if !isPrefix { make(.http1) } else if held.readableBytes >= preface.count { make(.http2) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case TLSUserEvent.handshakeCompleted(let negotiated): make(negotiated == "h2" ? .http2 : .http1)
    case let event as ChannelEvent where event == .inputClosed:
      // What has come so far is no preface, and nothing more will come.
      if rule == .preface { make(.http1, then: event) } else { cut() }
    case is ChannelShouldQuiesceEvent: cut()
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  /// A handshake that failed: the alert has been sent, nothing can follow it.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.channel.closeSocket(isSecure: rule == .negotiated)
  }

  /// - Parameter event: told to whoever has the connection now.
  private func make(_ language: Reception.Language, then event: ChannelEvent? = nil) {
    guard !isMade, let context else { return }
    isMade = true
    do {
      try reception.speak(language, on: context.channel, arrival)
    } catch {
      // The channel is closed already.
      return context.close(promise: nil)
    }
    if held.readableBytes > 0 {
      context.fireChannelRead(Self.wrapInboundOut(held))
      context.fireChannelReadComplete()
    }
    if let event { context.fireUserInboundEventTriggered(event) }
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
  }

  private func cut() { context?.channel.cut(isSecure: rule == .negotiated) }
}

/// What a client that knows of HTTP/2 begins with (RFC 9113 §3.4).
enum HTTP2Preface {
  static let bytes = ByteBuffer(string: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
}
