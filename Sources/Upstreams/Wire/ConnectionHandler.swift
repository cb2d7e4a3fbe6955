import NIOCore
import NIOHTTP1

/// One connection of a service: collects requests, answers them one after the other in the order in which they came.
///
/// Writes bytes, not `HTTPServerResponsePart`s, because faults are about bytes and because prebuilt answers need no encoder.
final class ConnectionHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Which of the two ports the connection came through.
  enum Door { case main, control }

  /// Requests that may wait here before reading stops.
  private static let waitingLimit = 64

  let running: RunningService
  let door: Door

  private var arriving: Request?
  private var waiting = CircularBuffer<Request>()
  private var isReadHeld = false
  private var isPumping = false
  private var isClosing = false
  private var isClosedHere = false
  /// The request that is being answered.
  var current: Request?
  /// Whether `current` is in the counters.
  var isCounted = false
  /// Responses that this connection has had.
  var served = 0
  /// Runs the next step of the current answer, if it is to come later.
  var timer: Scheduled<Void>?
  /// What is still to be written of a padded body.
  var padding: PaddedBody?
  var isWritingPadding = false

  init(_ running: RunningService, door: Door) {
    self.running = running
    self.door = door
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      arriving = Request(head)
      let expectsContinue = head.headers.first(name: "expect")?.lowercased() == "100-continue"
      if expectsContinue, current == nil, waiting.isEmpty {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
      }
    case .body(let part): arriving?.append(part)
    case .end:
      guard let request = arriving.take(), !isClosing else { return }
      waiting.append(request)
      pump(context)
    }
  }

  func read(context: ChannelHandlerContext) {
    isReadHeld = waiting.count >= Self.waitingLimit
    if !isReadHeld { context.read() }
  }

  /// Answers as many waiting requests as can be answered now. A loop, so that a long pipeline makes no deep stack.
  private func pump(_ context: ChannelHandlerContext) {
    guard !isPumping else { return }
    isPumping = true
    while current == nil, !isClosing, let request = waiting.popFirst() {
      current = request
      begin(request, context)
    }
    isPumping = false
    if isReadHeld, waiting.count < Self.waitingLimit {
      isReadHeld = false
      context.read()
    }
  }

  /// The current answer is written.
  func finish(_ context: ChannelHandlerContext, closing: Bool) {
    guard current != nil else { return }
    if isCounted { running.counters.requestEnded(cancelled: false) }
    isCounted = false
    current = nil
    served += 1
    if closing {
      isClosing = true
      context.close(promise: nil)
    } else {
      pump(context)
    }
  }

  /// Runs the next step of the current answer later, unless the connection ends before.
  func later(_ delay: TimeAmount, _ context: ChannelHandlerContext, _ step: @escaping () -> Void) {
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: delay, step)
  }

  /// `Channel.close()`, so from this side.
  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    isClosedHere = true
    context.close(mode: mode, promise: promise)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if padding != nil { writePadding(context) }
    context.fireChannelWritabilityChanged()
  }

  func channelInactive(context: ChannelHandlerContext) {
    isClosing = true
    timer?.cancel()
    timer = nil
    padding = nil
    waiting.removeAll()
    if isCounted { running.counters.requestEnded(cancelled: !isClosedHere) }
    isCounted = false
    current = nil
    context.fireChannelInactive()
  }

  /// What is not HTTP gets a 400 and the end of the connection; errors of the socket end it by themselves.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard error is HTTPParserError, !isClosing else { return }
    isClosing = true
    guard current == nil else { return context.close(promise: nil) }
    let answer = running.service.framework.error(400, path: "/")
    context.write(wrapOutboundOut(answer.head(.contentLength(answer.body.readableBytes), .closing)), promise: nil)
    let written = context.eventLoop.makePromise(of: Void.self)
    written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    context.writeAndFlush(wrapOutboundOut(answer.body), promise: written)
  }
}
