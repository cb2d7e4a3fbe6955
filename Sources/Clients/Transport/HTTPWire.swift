import NIOCore
import NIOHTTP1

/// The handler between the socket (or TLS) and NIO's parser: it sees the bytes before they are parsed, and writes those of the
/// request.
///
/// Seeing them first tells a connection that was dead from one that died in the middle, and keeps bytes that come on an idle
/// connection from the parser. NIO's parser has to be told of each request, or it would take its response for an unasked one; so
/// a request goes down the pipeline as a constant head that stands for it, and becomes its bytes here.
final class HTTPWire: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = HTTPClientRequestPart
  typealias OutboundOut = ByteBuffer

  private let connection: HTTPConnection

  init(_ connection: HTTPConnection) { self.connection = connection }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard connection.bytesReceived(Self.unwrapInboundIn(data).readableBytes) else { return }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard let bytes = connection.outgoing else {
      promise?.fail(ChannelError.inputClosed)
      return
    }
    context.write(Self.wrapOutboundOut(bytes), promise: promise)
  }

  /// What stands for a request. The field keeps `NIOHTTPResponseDecompressor` from adding one of its own.
  static let head = HTTPClientRequestPart.head(standIn(.GET))
  /// The same, for a request whose response has no body.
  static let headWithoutBody = HTTPClientRequestPart.head(standIn(.HEAD))

  private static func standIn(_ method: HTTPMethod) -> HTTPRequestHead {
    HTTPRequestHead(version: .http1_1, method: method, uri: "*", headers: ["accept-encoding": "gzip"])
  }
}
