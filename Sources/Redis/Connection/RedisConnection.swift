import EventLoops
import NIOCore

/// Whose connection it is.
protocol RedisConnectionOwner: AnyObject {
  /// The handshake is over: commands may be sent.
  func ready(_ connection: RedisConnection)
  /// It takes no command any more; it may yet have replies to give. Once.
  func retired(_ connection: RedisConnection)
  /// It is closed; its calls end next. Once.
  func closed(_ connection: RedisConnection, _ error: RedisError)
}

/// A connection: the shell around ``RedisPipeline``, last handler of the channel. Belongs to its event loop.
final class RedisConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let owner: any RedisConnectionOwner
  private let reader: RedisReplyReader
  private var handshake: RedisHandshake
  private let setupDeadline: NIODeadline
  private var pipeline: RedisPipeline<RedisCall>
  private var context: ChannelHandlerContext?
  private var hasBegun = false
  private var isReady = false
  private var isFlushScheduled = false
  private var alarm = Alarm()
  private var isWatching = false
  /// Between two looks at whether the server answers.
  private let watchPause: TimeAmount

  init(owner: any RedisConnectionOwner, setup: RedisSetup, until setupDeadline: NIODeadline) {
    self.owner = owner
    self.handshake = setup.handshake
    self.setupDeadline = setupDeadline
    self.watchPause = setup.watchPause
    self.reader = RedisReplyReader(limits: setup.replyLimits)
    self.pipeline = RedisPipeline(maxOutstanding: setup.maxOutstanding, maxBytes: setup.maxOutstandingBytes)
  }

  var isOpen: Bool { pipeline.isOpen }
  var outstanding: Int { pipeline.outstanding }
  /// False: what was sent a while ago is not answered, and nothing has been since.
  var isResponsive: Bool { pipeline.isResponsive }

  /// Writes the command; what is written in one turn of the loop goes out together.
  func send(_ call: RedisCall) {
    guard let context, isReady else { return call.finish(.failure(.unavailable)) }
    switch pipeline.submitted(call, bytes: call.command.bytes.readableBytes, until: call.deadline) {
    case .refuse(let error):
      call.finish(.failure(error))
    case .write(let ticket):
      call.connection = self
      call.ticket = ticket
      context.write(Self.wrapOutboundOut(call.command.bytes), promise: nil)
      scheduleFlush(context)
      alarm.set(at: call.deadline, on: context.eventLoop) { self.timePassed() }
      if !isWatching { watch(context) }
    }
  }

  func cancelled(ticket: Int) { retire { $0.cancelled(ticket: ticket) } }

  /// Takes no command any more, and closes when all replies have come.
  func retire() { retire { $0.retired() } }

  private func retire(_ event: (inout RedisPipeline<RedisCall>) -> RedisPipeline<RedisCall>.Action) {
    let wasOpen = pipeline.isOpen
    let action = event(&pipeline)
    if wasOpen, !pipeline.isOpen { owner.retired(self) }
    perform(action)
  }

  /// Closes now; whoever waits is told so.
  func close(_ error: RedisError) { perform(pipeline.lost(error)) }

  private func scheduleFlush(_ context: ChannelHandlerContext) {
    guard !isFlushScheduled else { return }
    isFlushScheduled = true
    context.eventLoop.assumeIsolated().execute {
      self.isFlushScheduled = false
      self.context?.flush()
    }
  }

  /// By a timer, not by the clock when a command comes: the loop has read what there was to read before it runs timers, so that a
  /// loop that was held up itself does not take that for the server's silence.
  private func watch(_ context: ChannelHandlerContext) {
    isWatching = pipeline.looked()
    guard isWatching else { return }
    context.eventLoop.assumeIsolated().scheduleTask(in: watchPause) { if let context = self.context { self.watch(context) } }
  }

  private func timePassed() {
    alarm.rang()
    let now = NIODeadline.now()
    guard isReady else { return close(.timeout) }
    perform(pipeline.timePassed(at: now))
    if !pipeline.isClosed, let next = pipeline.nextDeadline, let context {
      alarm.set(at: next, on: context.eventLoop) { self.timePassed() }
    }
  }
}

// MARK: What the channel tells

extension RedisConnection {
  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if context.channel.isActive { begin(context) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelActive(context: ChannelHandlerContext) { begin(context) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !pipeline.isClosed else { return }
    do throws(RedisReplyReader.Violation) {
      try reader.feed(Self.unwrapInboundIn(data))
      while !pipeline.isClosed, let reply = try reader.next() { receive(reply) }
    } catch {
      close(.protocolViolation)
    }
  }

  func channelInactive(context: ChannelHandlerContext) { close(.unavailable) }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { close(.unavailable) }

  /// Told that the channel is active, twice where the handler is added while it becomes so.
  private func begin(_ context: ChannelHandlerContext) {
    guard !hasBegun else { return }
    hasBegun = true
    for command in handshake.commands { context.write(Self.wrapOutboundOut(command.bytes), promise: nil) }
    context.flush()
    alarm.set(at: setupDeadline, on: context.eventLoop) { self.timePassed() }
  }

  private func receive(_ reply: RedisReply) {
    guard isReady else {
      switch handshake.received(reply) {
      case .goOn: break
      case .fail(let error): close(error)
      case .done:
        alarm.cancel()
        isReady = true
        owner.ready(self)
      }
      return
    }
    perform(pipeline.replied(), reply)
  }
}

// MARK: What is done about it

extension RedisConnection {
  private func perform(_ action: RedisPipeline<RedisCall>.Action, _ reply: RedisReply = .null) {
    switch action {
    case .none:
      break
    case .answer(let call, let isLast):
      if isLast { leave(.cancelled) }
      if case .error(let error) = reply { call?.finish(.failure(error.error)) } else { call?.finish(.success(reply)) }
    case .close(let error):
      leave(error)
    }
  }

  /// Closes the channel, and fails those who wait: with a timeout, those whose time is over; the others have lost their connection.
  private func leave(_ error: RedisError) {
    alarm.cancel()
    let waiting = pipeline.removeAll()
    context?.close(promise: nil)
    // First the owner: what the callers do next must not come here again.
    owner.closed(self, error)
    let now = NIODeadline.now()
    for (call, deadline) in waiting {
      let isLate = error == .timeout && deadline > now
      call.finish(.failure(isLate || error == .cancelled ? .unavailable : error))
    }
  }
}
