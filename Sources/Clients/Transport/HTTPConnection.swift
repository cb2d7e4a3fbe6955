import NIOCore
import NIOHTTP1

/// A connection: the shell around ``HTTPConnectionState``, last handler of the channel. Belongs to its event loop.
final class HTTPConnection: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  /// Its place in the pool; nil until it is connected.
  var id: ConnectionPool.ConnectionID?

  private let pool: ConnectionPool
  private let parser: HTTPResponseDecoder
  private let maxBodyBytes: Int
  private var state: HTTPConnectionState
  private var context: ChannelHandlerContext?
  private var exchange: Exchange?
  private var response: HTTPResponseAssembly?
  /// Set while the head of the response goes through a decompressor that it has just called for.
  private var isHeadBeingDecoded = false
  private var hasDecompressor = false

  /// A request up to this size is taken as sent once it was flushed: the socket has room for it.
  private static let smallRequest = 16 * 1024

  init(pool: ConnectionPool, parser: HTTPResponseDecoder, limits: TransportLimits) {
    self.pool = pool
    self.parser = parser
    self.maxBodyBytes = limits.maxBodyBytes
    self.state = HTTPConnectionState(maxHeaderBytes: limits.maxHeaderBytes, maxBodyBytes: limits.maxBodyBytes)
  }

  /// The request being sent.
  var outgoing: ByteBuffer? { exchange?.bytes }
  /// The deadline of the exchange under way.
  var deadline: NIODeadline? { exchange?.deadline }
  var isClosed: Bool { state.isClosed }

  func send(_ exchange: Exchange) {
    guard let context, case .proceed = state.requestStarted(isHead: exchange.isHead) else { return exchange.resend() }
    self.exchange = exchange
    exchange.connection = self
    let part = exchange.isHead ? HTTPWire.headWithoutBody : HTTPWire.head
    if exchange.bytes.readableBytes <= Self.smallRequest {
      state.requestWritten()
      context.writeAndFlush(Self.wrapOutboundOut(part), promise: nil)
    } else {
      let written = context.eventLoop.makePromise(of: Void.self)
      written.futureResult.assumeIsolated().whenSuccess { self.state.requestWritten() }
      context.writeAndFlush(Self.wrapOutboundOut(part), promise: written)
    }
  }

  func cancel() { perform(state.cancelled()) }
  func timeOut() { perform(state.timedOut()) }
  func shutDown() { perform(state.shutDown()) }

  /// Closes an idle connection, which the pool has already forgotten.
  func close() {
    id = nil
    shutDown()
  }

  /// Whether the bytes that came are to be parsed.
  func bytesReceived(_ count: Int) -> Bool { perform(state.bytesReceived(count)) }
}

// MARK: What the channel tells

extension HTTPConnection {
  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch Self.unwrapInboundIn(data) {
    case .head(let head): receive(head, context)
    case .body(let part): if perform(state.bodyReceived(part.readableBytes)) { response?.append(part) }
    case .end: perform(state.endReceived())
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    guard state.isEnded else { return }
    perform(state.readCompleted(isAtBoundary: isAtBoundary(context)))
  }

  func channelInactive(context: ChannelHandlerContext) { perform(state.connectionClosed()) }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    perform(state.errorCaught(TransportError(pipeline: error)))
  }

  /// Whether the parser waits for the first byte of a response: told that nothing more will come, it would not mind.
  private func isAtBoundary(_ context: ChannelHandlerContext) -> Bool {
    var nothing = ByteBuffer()
    do {
      _ = try parser.decodeLast(context: context, buffer: &nothing, seenEOF: true)
      return true
    } catch {
      return false
    }
  }

  private func receive(_ head: HTTPResponseHead, _ context: ChannelHandlerContext) {
    guard !isHeadBeingDecoded else { return }
    var response = HTTPResponseAssembly(head)
    let keepsAlive = head.isKeepAlive
    let action = state.headReceived(status: response.status, contentLength: response.contentLength, keepsAlive: keepsAlive)
    guard perform(action) else { return }
    guard response.isEncoded, exchange?.isHead == false else {
      self.response = response
      return
    }
    guard response.decode() else { return failDecoding() }
    self.response = response
    decompress(head, context)
  }

  private func failDecoding() { perform(state.errorCaught(.badEncoding)) }

  /// Puts a decompressor before this handler, for the rest of the connection's life: a peer that encodes once does so again.
  private func decompress(_ head: HTTPResponseHead, _ context: ChannelHandlerContext) {
    guard !hasDecompressor else { return }
    hasDecompressor = true
    isHeadBeingDecoded = true
    defer { isHeadBeingDecoded = false }
    do {
      try Decompression.begin(head, before: self, in: context, maxBodyBytes: maxBodyBytes)
    } catch {
      failDecoding()
    }
  }
}

// MARK: What is done about it

extension HTTPConnection {
  /// True for `proceed` alone.
  @discardableResult
  private func perform(_ action: HTTPConnectionState.Action) -> Bool {
    switch action {
    case .proceed:
      return true
    case .ignore:
      return false
    case .finish(let reuse):
      finish(reuse: reuse)
    case .fail(let error):
      let exchange = takeExchange()
      leave()
      exchange?.finish(.failure(error))
    case .resend:
      let exchange = takeExchange()
      leave()
      exchange?.resend()
    case .close:
      leave()
    }
    return false
  }

  private func finish(reuse: Bool) {
    guard let exchange = takeExchange(), let response = response.take() else { return leave() }
    // Before the exchange ends: whatever begins with its end finds the connection free.
    if reuse, let id { pool.returned(id) } else { leave() }
    exchange.finish(.success(response.finished()))
  }

  private func takeExchange() -> Exchange? {
    let exchange = exchange
    self.exchange = nil
    exchange?.connection = nil
    return exchange
  }

  /// Leaves the pool and closes the channel.
  private func leave() {
    response = nil
    if let id {
      self.id = nil
      pool.closed(self, id)
    }
    context?.close(promise: nil)
  }
}
