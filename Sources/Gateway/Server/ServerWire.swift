import NIOCore
import NIOHTTP1

/// The handler between the socket and ``ServerConnection``: gives the bytes to NIO's parser, whose parts go on to the connection.
///
/// It stands in for NIO's `ByteToMessageHandler` because the connection must see bytes before they are parsed: it has a deadline for
/// the first of them, keeps back those of requests that have to wait, and throws away those that nobody wants.
final class ServerWire: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = HTTPServerRequestPart

  private let parser: HTTPRequestDecoder
  private let connection: ServerConnection
  /// What the parser has been given and not used up: a part of a field.
  private var rest = ByteBuffer()
  /// What the parser has not been given yet.
  private var held = ByteBuffer()
  private var isEndHeld = false
  private var context: ChannelHandlerContext?
  /// Of the request that is coming.
  private var line = RequestLine()
  private let maxRequestLine: Int

  init(_ connection: ServerConnection, limits: EdgeLimits) {
    self.connection = connection
    maxRequestLine = limits.maxRequestLine
    var bounds = NIOHTTPDecoderLimitConfiguration()
    // Coarse: the parser counts name and value apart, and the target among the fields. `RequestHead` counts exactly.
    bounds.maxHeaderFieldSize = max(limits.maxHeader, limits.maxRequestLine)
    bounds.maxHeaderListSize = limits.maxHeaders + limits.maxRequestLine
    bounds.maxHeaderFieldCount = limits.maxHeaderFields
    parser = HTTPRequestDecoder(limitConfiguration: bounds)
  }

  var hasHeld: Bool { held.readableBytes > 0 }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    parser.decoderAdded(context: context)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    parser.decoderRemoved(context: context)
    self.context = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = Self.unwrapInboundIn(data)
    guard !hasHeld else { return hold(bytes) }
    switch connection.bytesReceived(bytes) {
    case .parse: parse(bytes, context)
    case .hold: hold(bytes)
    case .discard: break
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? ChannelEvent, event == .inputClosed {
      guard !hasHeld else {
        isEndHeld = true
        return connection.endSeen()
      }
      parseEnd(context)
    }
    context.fireUserInboundEventTriggered(event)
  }

  /// Gives the parser what was held, now that it is its turn.
  func releaseHeld() {
    guard hasHeld, let context else { return }
    let bytes = held
    held = ByteBuffer()
    parse(bytes, context)
    guard isEndHeld else { return }
    isEndHeld = false
    parseEnd(context)
    context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
  }

  private func hold(_ bytes: ByteBuffer) {
    guard bytes.readableBytes <= EdgeLimits.maxHeld - held.readableBytes else {
      connection.parsingFailed(.badRequest("Too many requests were sent before the first was answered."))
      return
    }
    held.writeImmutableBuffer(bytes)
  }

  /// Gives the parser piece by piece what came, so that no request begins in the middle of one: each first line is looked at.
  private func parse(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
    var bytes = bytes
    while bytes.readableBytes > 0, !connection.isRefused {
      let count = bytes.withUnsafeReadableBytes { pieceLength(of: $0) }
      if line.isBroken {
        connection.parsingFailed(.malformed)
      } else if count < bytes.readableBytes, let piece = bytes.readSlice(length: count) {
        feed(piece, context)
      } else {
        return feed(bytes, context)
      }
    }
  }

  /// How many of the bytes the parser may have next; all of them where no request ends among them.
  private func pieceLength(of bytes: UnsafeRawBufferPointer) -> Int {
    var start = 0
    if !line.hasEnded {
      start = line.read(bytes)
      if line.hasBegun { connection.requestBegun(asksForHead: line.asksForHead) }
      guard line.hasEnded else { return bytes.count }
    } else if let rest = connection.restOfBody {
      return min(rest, bytes.count)
    }
    return start + BlankLine.end(in: UnsafeRawBufferPointer(rebasing: bytes[start...]))
  }

  private func feed(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
    if rest.readableBytes == 0 { rest = bytes } else { rest.writeImmutableBuffer(bytes) }
    do {
      _ = try parser.decode(context: context, buffer: &rest)
    } catch {
      connection.parsingFailed(Problem(parser: error, isRequestLine: line.bytes > maxRequestLine))
    }
    if rest.readableBytes == 0 || connection.isRefused { rest = ByteBuffer() } else { rest.discardReadBytes() }
    if connection.isBetweenRequests { line = RequestLine() }
  }

  /// A request that ends in the middle is an error.
  private func parseEnd(_ context: ChannelHandlerContext) {
    guard !connection.isRefused else { return }
    do {
      _ = try parser.decodeLast(context: context, buffer: &rest, seenEOF: true)
    } catch {
      connection.parsingFailed(Problem(parser: error, isRequestLine: false))
    }
  }
}
