import NIOCore
import NIOHTTP1

/// From a request to the first byte of its answer, whole or broken.
extension ConnectionHandler {
  /// Starts answering a request.
  func begin(_ request: Request, _ context: ChannelHandlerContext) {
    if request.isTooLarge {
      deliver(.whole(running.service.framework.error(413, path: request.path)), to: request, context, closing: true)
      return
    }
    if door == .control || request.path.hasPrefix("/_") {
      control(request, context)
      return
    }
    let destination = running.service.destination(of: request)
    running.counters.requestArrived(request, at: destination)
    isCounted = true
    let (fault, unlucky) = running.faultForRequest()
    let delivery = fault.delivery(to: request, at: destination, of: running.service, served: served, unlucky: unlucky) {
      running.service.answer(request, at: destination)
    }
    let delay = running.latency + fault.delay
    if delay > .zero {
      later(TimeAmount(delay), context) { self.deliver(delivery, to: request, context) }
    } else {
      deliver(delivery, to: request, context)
    }
  }

  /// Writes, and ends with `finish` if the answer has an end.
  func deliver(_ delivery: Delivery, to request: Request, _ context: ChannelHandlerContext, closing: Bool = false) {
    let closing = closing || !request.isKeepAlive
    let isBodyWanted = request.method != .HEAD
    switch delivery {
    case .never: break
    case .reset: reset(context)
    case .whole(let answer, let thenClose):
      writeHead(of: answer, to: request, context, closing: closing)
      writeLast(isBodyWanted ? answer.body : ByteBuffer(), context, closing: closing || thenClose)
    case .twice(let answer):
      writeHead(of: answer, to: request, context, closing: closing)
      if isBodyWanted { write(answer.body, context) }
      write(answer.head, context)
      writeLast(answer.body, context, closing: closing)
    case .half(let answer, let thenClose):
      let declared = Answer.Framing.contentLength(max(1, answer.body.readableBytes))
      writeHead(of: answer, to: request, context, closing: closing, framing: declared)
      let half = isBodyWanted ? answer.body.prefix(answer.body.readableBytes / 2) : ByteBuffer()
      if thenClose { writeLast(half, context, closing: true) } else { writeAndFlush(half, context) }
    case .dripped(let answer):
      writeHead(of: answer, to: request, context, closing: closing)
      context.flush()
      drip(isBodyWanted ? answer.body : ByteBuffer(), context, closing: closing)
    case .chunked(let answer, let broken):
      writeHead(of: answer, to: request, context, closing: closing, framing: .chunked)
      let body = isBodyWanted ? answer.body : ByteBuffer()
      if broken { writeBadChunks(body, context) } else { writeChunks(body, context, ends: isBodyWanted, closing: closing) }
    case .padded(let answer, let bytes):
      let body = PaddedBody(answer, atLeast: bytes)
      writeHead(of: answer, to: request, context, closing: closing, framing: .contentLength(body.count))
      if isBodyWanted { padding = body }
      if isBodyWanted { writePadding(context) } else { writeLast(ByteBuffer(), context, closing: closing) }
    }
  }

  private func writeHead(
    of answer: Answer, to request: Request, _ context: ChannelHandlerContext, closing: Bool, framing: Answer.Framing? = nil
  ) {
    if isCounted { running.counters.headWritten(status: answer.status) }
    if framing == nil, !closing, request.version == .http1_1 {
      write(answer.head, context)
    } else {
      let persistence: Answer.Persistence = closing ? .closing : request.version == .http1_1 ? .implied : .announced
      write(answer.head(framing ?? .contentLength(answer.body.readableBytes), persistence), context)
    }
  }

  func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
    context.write(wrapOutboundOut(bytes), promise: nil)
  }

  func writeAndFlush(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
  }

  /// Writes the end of the answer. If that fails the connection ends, and `channelInactive` does the rest.
  func writeLast(_ bytes: ByteBuffer, _ context: ChannelHandlerContext, closing: Bool) {
    let written = context.eventLoop.makePromise(of: Void.self)
    written.futureResult.assumeIsolated().whenSuccess { self.finish(context, closing: closing) }
    context.writeAndFlush(wrapOutboundOut(bytes), promise: written)
  }
}

extension ByteBuffer {
  /// The first bytes, shared with this buffer.
  func prefix(_ count: Int) -> ByteBuffer {
    getSlice(at: readerIndex, length: count) ?? ByteBuffer()
  }
}
