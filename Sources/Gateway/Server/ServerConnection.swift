import EventLoops
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// A client's connection: the shell around ``ServerConnectionState``, last handler of the channel. Belongs to its event loop.
final class ServerConnection: ChannelDuplexHandler, EdgeConnection {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = Never
  typealias OutboundOut = ByteBuffer
  typealias Responder = @Sendable (Request, GatewayContext) async throws -> Response

  var slot: Int?

  let loop: LoopConnections
  let responder: Responder
  let logger: Logger
  var gate: LimitGate?
  /// Whether TLS is below.
  private let isSecure: Bool
  var state: ServerConnectionState
  private(set) var context: ChannelHandlerContext?
  /// The other end, taken once.
  private(set) var peer: IPAddress?
  private var wire: ServerWire?
  /// Of the request under way; the connection owns it, and cancels it when it has nobody left to answer.
  var task: Task<Void, Never>?
  private var isReadHeld = false
  var answer: OutgoingAnswer?
  /// Whether an answer is being given again.
  var isGivingAgain = false
  /// Counts answers, so that none is written to by the writer of an earlier one.
  var answerNumber = 0
  /// A stream that waits until the socket takes more.
  var stalled: CheckedContinuation<Void, any Error>?
  /// In the place of a body.
  var stream: EventStream?

  /// After this time a client that has closed its side is written to, to see if it is still there.
  private static let probeDelay = TimeAmount.milliseconds(250)

  init(_ loop: LoopConnections, responder: @escaping Responder, state: ServerConnectionState, logger: Logger, isSecure: Bool) {
    self.loop = loop
    self.responder = responder
    self.state = state
    self.logger = logger
    self.isSecure = isSecure
  }

  /// Puts the connection and its wire into the pipeline.
  static func add(_ connection: ServerConnection, to channel: any Channel, limits: EdgeLimits) throws {
    let wire = ServerWire(connection, limits: limits)
    connection.wire = wire
    try channel.pipeline.syncOperations.addHandlers(wire, connection)
  }

  var isBetweenRequests: Bool { state.isBetweenRequests }
  var isRefused: Bool { state.isRefused }
  /// Bytes of a body of known length that are still to come; nil where there is none.
  var restOfBody: Int? { state.restOfBody }

  /// What to do with bytes that came.
  func bytesReceived(_ bytes: ByteBuffer) -> ServerConnectionState.Reading {
    let isBlank = bytes.readableBytes <= 4 && bytes.readableBytesView.allSatisfy { $0 == 13 || $0 == 10 }
    return state.bytesReceived(isBlank: isBlank, at: .now())
  }

  func requestBegun(asksForHead: Bool) { state.requestBegun(asksForHead: asksForHead) }
  func parsingFailed(_ problem: Problem) { state.parsingFailed(problem) }

  /// The client has closed its side; what it sent before still waits.
  func endSeen() {
    perform(state.endSeen())
    scheduleProbe()
  }

  func look(at now: NIODeadline) {
    if state.deadline <= now { perform(state.deadlinePassed(at: now)) }
  }

  func quiesce() { perform(state.quiesced()) }
  func shutDown() { perform(state.shutDown()) }
}

// MARK: What the channel tells

extension ServerConnection {
  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    peer = IPAddress(context.remoteAddress)
    loop.add(self)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    perform(state.connectionClosed())
    loop.remove(self)
    self.context = nil
    wire = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch Self.unwrapInboundIn(data) {
    case .head(let head): state.headReceived(head)
    case .body(let part): state.bodyReceived(part)
    case .end: state.endReceived()
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) { perform(state.readCompleted(at: .now())) }

  func read(context: ChannelHandlerContext) {
    isReadHeld = !state.wantsRead || wire?.hasHeld == true
    if !isReadHeld { context.read() }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    guard context.channel.isWritable else { return }
    if let stream {
      state.streamResumed()
      return stream.pump()
    }
    guard let stalled else { return }
    self.stalled = nil
    state.streamResumed()
    stalled.resume()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case let event as ChannelEvent where event == .inputClosed:
      perform(state.inputClosed(at: .now()))
      scheduleProbe()
      stream?.probe()
    case is ChannelShouldQuiesceEvent:
      quiesce()
    default:
      break
    }
  }

  func channelInactive(context: ChannelHandlerContext) { perform(state.connectionClosed()) }

  /// The parser's errors have been told already; whatever else there is has broken the connection. An end without the goodbye of TLS is
  /// an end like any other: where a request ends is told by HTTP.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if error is HTTPParserError || (error as? NIOSSLError) == .uncleanShutdown { return }
    perform(state.answerFailed())
  }
}

// MARK: What is done about it

extension ServerConnection {
  func perform(_ action: ServerConnectionState.Action) {
    switch action {
    case .none: break
    case .start(let request): start(request)
    case .sendContinue: sendContinue()
    case .closeOutput: closeOutput()
    case .close: context?.close(promise: nil)
    case .abort: return abort()
    }
    readOn()
  }

  private func start(_ request: IncomingRequest) {
    guard let context else { return }
    answerNumber += 1
    if give(again: request) || refuse(request) { return }
    let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
    let entry = loop.admission.enter(request)
    loop.executor.start {
      await connection.value.respond(to: entry.request)
      if entry.isCounted { connection.value.loop.admission.finished() }
    } started: {
      task = $0
    }
    scheduleProbe()
  }

  /// Looks for more where there was a reason not to.
  private func readOn() {
    guard let context, let wire else { return }
    if state.isIdle, wire.hasHeld {
      wire.releaseHeld()
      perform(state.readCompleted(at: .now()))
    } else if isReadHeld, state.wantsRead, !wire.hasHeld {
      isReadHeld = false
      context.read()
    }
  }

  private func sendContinue() {
    context?.writeAndFlush(Self.wrapOutboundOut(Self.continuation), promise: nil)
  }

  private func scheduleProbe() {
    guard state.wantsProbe, let context else { return }
    let number = answerNumber
    context.eventLoop.assumeIsolated().scheduleTask(in: Self.probeDelay) {
      guard self.answerNumber == number else { return }
      self.perform(self.state.probeDue())
      self.scheduleProbe()
    }
  }

  private func closeOutput() {
    context?.close(mode: .output, promise: nil)
  }

  /// Nobody waits any more: what is under way is cancelled, what is not sent yet is dropped, and the kernel forgets the rest.
  private func abort() {
    task?.cancel()
    answer = nil
    closeStream()
    if let stalled {
      self.stalled = nil
      stalled.resume(throwing: CancellationError())
    }
    context?.channel.cut(isSecure: isSecure)
  }

  private static let continuation = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
}
