import Glibc
import NIOCore

/// Bodies that are not written in one piece, and the end without one.
extension ConnectionHandler {
  private static let sliceLength = 16_384
  private static let lineEnd = ByteBuffer(string: "\r\n")

  func drip(_ bytes: ByteBuffer, _ context: ChannelHandlerContext, closing: Bool) {
    guard bytes.readableBytes > 0 else { return finish(context, closing: closing) }
    later(Delivery.dripInterval, context) {
      var rest = bytes
      let byte = rest.readSlice(length: 1) ?? ByteBuffer()
      guard rest.readableBytes > 0 else { return self.writeLast(byte, context, closing: closing) }
      self.writeAndFlush(byte, context)
      self.drip(rest, context, closing: closing)
    }
  }

  func writeChunks(_ bytes: ByteBuffer, _ context: ChannelHandlerContext, ends: Bool, closing: Bool) {
    var rest = bytes
    while let slice = rest.readSlice(length: min(Self.sliceLength, max(1, rest.readableBytes))) {
      write(ByteBuffer(string: String(slice.readableBytes, radix: 16) + "\r\n"), context)
      write(slice, context)
      write(Self.lineEnd, context)
    }
    writeLast(ends ? ByteBuffer(string: "0\r\n\r\n") : ByteBuffer(), context, closing: closing)
  }

  func writeBadChunks(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
    let good = bytes.prefix(min(Self.sliceLength, bytes.readableBytes / 2))
    if good.readableBytes > 0 {
      write(ByteBuffer(string: String(good.readableBytes, radix: 16) + "\r\n"), context)
      write(good, context)
      write(Self.lineEnd, context)
    }
    writeLast(ByteBuffer(string: "zz\r\n"), context, closing: true)
  }

  /// Writes as much of the padded body as the socket takes; `channelWritabilityChanged` goes on with it.
  func writePadding(_ context: ChannelHandlerContext) {
    // A flush that drains the socket calls back while it is running.
    guard !isWritingPadding else { return }
    isWritingPadding = true
    while context.channel.isWritable, var body = padding {
      if body.isAtLast {
        padding = nil
        // Cleared before the last write, which may start the next answer.
        isWritingPadding = false
        return writeLast(body.next(), context, closing: current?.isKeepAlive == false)
      }
      let piece = body.next()
      padding = body
      writeAndFlush(piece, context)
    }
    isWritingPadding = false
  }

  /// With a linger time of 0 the kernel sends RST in place of FIN.
  func reset(_ context: ChannelHandlerContext) {
    guard let options = context.channel as? any SocketOptionProvider else { return finish(context, closing: true) }
    options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).assumeIsolated().whenComplete { _ in
      self.finish(context, closing: true)
    }
  }
}
