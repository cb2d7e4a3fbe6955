import NIOCore

/// An event as it goes over the wire: made once, and sent to all who are told of it. Nobody's copy of a big one is their own.
final class EventBytes: Sendable {
  /// The pieces, for what has frames of its own.
  let plain: [ByteBuffer]
  /// The same as one chunk of HTTP/1.1 (RFC 9112 §7.1).
  let chunked: [ByteBuffer]
  let length: Int

  /// Up to this size it is one piece.
  private static let maxCopied = 4096

  init(_ pieces: [ByteBuffer]) {
    length = pieces.reduce(0) { $0 + $1.readableBytes }
    guard length <= Self.maxCopied else {
      var head = ByteBuffer()
      head.writeChunkHead(length)
      plain = pieces
      chunked = [head] + pieces + [Self.lineEnd]
      return
    }
    var whole = ByteBufferAllocator().buffer(capacity: length)
    for piece in pieces { whole.writeImmutableBuffer(piece) }
    plain = [whole]
    chunked = [whole.asChunk]
  }

  convenience init(_ event: ServerSentEvent) { self.init(event.pieces) }

  private static let lineEnd = ByteBuffer(string: "\r\n")
}

extension ByteBuffer {
  /// The bytes as one chunk; there must be some, as an empty chunk is the last one.
  var asChunk: ByteBuffer {
    var chunk = ByteBufferAllocator().buffer(capacity: readableBytes + 12)
    chunk.writeChunkHead(readableBytes)
    chunk.writeImmutableBuffer(self)
    chunk.writeStaticString("\r\n")
    return chunk
  }
}
