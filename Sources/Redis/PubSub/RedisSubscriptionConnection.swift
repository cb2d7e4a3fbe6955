import NIOCore

/// A connection that listens: the shell around ``RedisSubscriptionState``. Belongs to its event loop.
final class RedisSubscriptionConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let owner: RedisSubscriptionLoop
  private let reader: RedisReplyReader
  private let channels: [String]
  private let beatEvery: TimeAmount
  private var handshake: RedisHandshake
  private var state: RedisSubscriptionState
  private var isHandshakeOver = false
  private var isClosed = false
  private var context: ChannelHandlerContext?
  private var hasBegun = false
  private var timer: Scheduled<Void>?

  init(owner: RedisSubscriptionLoop, setup: RedisSetup, options: RedisSubscription.Options) {
    self.owner = owner
    self.channels = options.channels
    self.beatEvery = options.beatEvery
    self.handshake = setup.handshake
    self.state = RedisSubscriptionState(channels: options.channels, maxMessageBytes: options.maxMessageBytes)
    var limits = setup.replyLimits
    limits.maxStringBytes = min(limits.maxStringBytes, options.maxMessageBytes)
    limits.maxReplyBytes = min(limits.maxReplyBytes, options.maxMessageBytes + 64 * 1024)
    self.reader = RedisReplyReader(limits: limits)
  }

  func close(_ error: RedisError) {
    guard !isClosed else { return }
    isClosed = true
    timer?.cancel()
    context?.close(promise: nil)
    owner.closed(self, error)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if context.channel.isActive { begin(context) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }
  func channelActive(context: ChannelHandlerContext) { begin(context) }
  func channelInactive(context: ChannelHandlerContext) { close(.unavailable) }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { close(.unavailable) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isClosed else { return }
    do throws(RedisReplyReader.Violation) {
      try reader.feed(Self.unwrapInboundIn(data))
      while !isClosed, let reply = try reader.next() { receive(reply) }
    } catch {
      close(.protocolViolation)
    }
  }

  /// Told that the channel is active, twice where the handler is added while it becomes so.
  private func begin(_ context: ChannelHandlerContext) {
    guard !hasBegun else { return }
    hasBegun = true
    let subscribe = RedisCommand(["SUBSCRIBE"] + channels.map { .text($0) })
    for command in handshake.commands + [subscribe] { context.write(Self.wrapOutboundOut(command.bytes), promise: nil) }
    context.flush()
    // What is not live by the first beat is closed by it.
    beatLater(context)
  }

  private func receive(_ reply: RedisReply) {
    guard isHandshakeOver else {
      switch handshake.received(reply) {
      case .goOn: break
      case .done: isHandshakeOver = true
      case .fail(let error): close(error)
      }
      return
    }
    switch state.received(reply) {
    case .none: break
    case .live: owner.live(self)
    case .deliver(let channel, let message): owner.received(channel, message)
    case .close(let error): close(error)
    }
  }

  private func beatLater(_ context: ChannelHandlerContext) {
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: beatEvery) { self.beat() }
  }

  private func beat() {
    guard !isClosed, let context else { return }
    switch state.beat() {
    case .close(let error):
      close(error)
    case .ping:
      context.writeAndFlush(Self.wrapOutboundOut(RedisCommand.ping.bytes), promise: nil)
      beatLater(context)
    }
  }
}
