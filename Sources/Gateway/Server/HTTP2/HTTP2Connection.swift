import EventLoops
import Logging
import NIOCore
import NIOHPACK
import NIOHTTP2

/// A client's connection in HTTP/2: the shell around ``HTTP2ConnectionState``, last handler of the channel, behind NIO's handler of frames.
/// Belongs to its event loop.
final class HTTP2Connection: ChannelInboundHandler, EdgeConnection {
  typealias InboundIn = HTTP2Frame
  typealias OutboundOut = HTTP2Frame

  var slot: Int?
  let loop: LoopConnections
  let responder: ServerConnection.Responder
  let logger: Logger
  var gate: LimitGate?
  var state: HTTP2ConnectionState
  private let isSecure: Bool
  private(set) var context: ChannelHandlerContext?
  /// The other end, taken once.
  private(set) var peer: IPAddress?
  /// The answers under way.
  private var streams: [HTTP2StreamID: HTTP2Stream] = [:]
  private var isFlushNear = false
  private var hasWritten = false
  /// A GOAWAY with an error has been written: what comes next is its reason.
  private var isBroken = false

  init(
    _ loop: LoopConnections, responder: @escaping ServerConnection.Responder, state: HTTP2ConnectionState, logger: Logger,
    isSecure: Bool
  ) {
    self.loop = loop
    self.responder = responder
    self.state = state
    self.logger = logger
    self.isSecure = isSecure
  }

  /// Puts the connection, and the handler of its frames, into the pipeline.
  static func add(_ connection: HTTP2Connection, to channel: any Channel, limits: EdgeLimits) throws {
    try channel.pipeline.syncOperations.addHandlers(NIOHTTP2Handler(limits, delegate: connection), connection)
  }

  func look(at now: NIODeadline) {
    if loop.drain.isDraining { perform(state.drainSeen()) }
    perform(state.deadlinePassed(at: now, isWritable: context?.channel.isWritable == true))
  }

  func quiesce() { perform(state.quiesced(at: .now())) }
  func shutDown() { perform(state.connectionClosed()) }
}

// MARK: What the channel tells

extension HTTP2Connection {
  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    peer = IPAddress(context.remoteAddress)
    loop.add(self)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    perform(state.connectionClosed())
    loop.remove(self)
    self.context = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = Self.unwrapInboundIn(data)
    let id = frame.streamID
    switch frame.payload {
    case .headers(let fields) where state.knows(id):
      if fields.endStream { state.endReceived(id) }
    case .headers(let fields):
      let head = RequestHead(fields.headers, limits: state.limits)
      perform(state.headReceived(id, head, isWhole: fields.endStream, at: .now()))
    case .data(let part):
      if case .byteBuffer(let bytes) = part.data { state.bodyReceived(id, bytes) }
      if part.endStream { state.endReceived(id) }
    default: break
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    // What is answered at once leaves together.
    isFlushNear = true
    perform(state.readCompleted())
    isFlushNear = false
    flush()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case let event as StreamClosedEvent:
      perform(state.streamClosed(event.streamID, isReset: event.reason != nil, at: .now()))
    case let event as NIOHTTP2WindowUpdatedEvent where event.streamID == .rootStream:
      if let size = event.inboundWindowSize { state.windowChanged(to: size) }
    case let event as ChannelEvent where event == .inputClosed: perform(state.inputClosed())
    case is ChannelShouldQuiesceEvent: quiesce()
    default: break
    }
  }

  func channelInactive(context: ChannelHandlerContext) { perform(state.connectionClosed()) }

  /// A request that is none has been reset already; a connection that is none has been told so.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if isBroken {
      perform(state.protocolBroken())
    } else if !(error is any NIOHTTP2Error) {
      perform(state.connectionClosed())
    }
  }
}

extension HTTP2Connection: NIOHTTP2FrameDelegate {
  func wroteFrame(_ frame: HTTP2Frame) {
    if case .goAway(_, let code, _) = frame.payload, code != .noError { isBroken = true }
  }
}

// MARK: What is done about it

extension HTTP2Connection {
  func perform(_ actions: [HTTP2ConnectionState.Action]) {
    for action in actions { perform(action) }
  }

  private func perform(_ action: HTTP2ConnectionState.Action) {
    switch action {
    case .start(let id, let request): start(id, request)
    case .sendContinue(let id): write(id, .headers(.init(headers: .continuation)))
    case .reset(let id, let code):
      streams.removeValue(forKey: id)?.abandon()
      write(id, .rstStream(code))
    case .drop(let id): streams.removeValue(forKey: id)?.abandon()
    case .credit(let bytes): write(.rootStream, .windowUpdate(windowSizeIncrement: bytes))
    case .goAway(let last): write(.rootStream, .goAway(lastStreamID: last, errorCode: .noError, opaqueData: nil))
    case .closeOutput:
      flush()
      context?.close(mode: .output, promise: nil)
    case .close: context?.close(promise: nil)
    case .hangUp: context?.channel.closeSocket(isSecure: isSecure)
    case .abort: context?.channel.cut(isSecure: isSecure)
    }
  }

  private func start(_ id: HTTP2StreamID, _ request: IncomingRequest) {
    guard let context else { return }
    let stream = HTTP2Stream(id, of: self)
    streams[id] = stream
    if stream.refuse(request) { return }
    let entry = loop.admission.enter(request)
    let bound = NIOLoopBound((stream: stream, admission: loop.admission), eventLoop: context.eventLoop)
    loop.executor.start {
      await bound.value.stream.respond(to: entry.request)
      if entry.isCounted { bound.value.admission.finished() }
    } started: {
      stream.task = $0
    }
  }

  func write(_ id: HTTP2StreamID, _ payload: HTTP2Frame.FramePayload, promise: EventLoopPromise<Void>? = nil) {
    guard let context else {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    context.write(Self.wrapOutboundOut(HTTP2Frame(streamID: id, payload: payload)), promise: promise)
    hasWritten = true
    guard !isFlushNear else { return }
    isFlushNear = true
    context.eventLoop.assumeIsolated().execute {
      self.isFlushNear = false
      self.flush()
    }
  }

  private func flush() {
    guard hasWritten else { return }
    hasWritten = false
    context?.flush()
  }
}
