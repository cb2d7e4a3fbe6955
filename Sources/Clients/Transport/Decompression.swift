import NIOCore
import NIOHTTP1
import NIOHTTPCompression

/// NIO's decompressor, put into a pipeline when the first encoded response comes. Connections that never see one do without.
enum Decompression {
  /// Adds a decompressor before `handler` and has it read `head`, which the handler has already read.
  static func begin(
    _ head: HTTPResponseHead, before handler: HTTPConnection, in context: ChannelHandlerContext, maxBodyBytes: Int
  ) throws {
    let decompressor = NIOHTTPResponseDecompressor(limit: .size(maxBodyBytes))
    let pipeline = context.pipeline.syncOperations
    try pipeline.addHandler(decompressor, position: .before(handler))
    let itsContext = try pipeline.context(handler: decompressor)
    decompressor.channelRead(context: itsContext, data: NIOAny(HTTPClientResponsePart.head(head)))
  }
}
