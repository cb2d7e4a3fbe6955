import NIOCore
import NIOHTTP2

/// As on a connection of HTTP/1, with what the client takes counted for each stream.
extension HTTP2Stream: EventStreamSink {
  func open(_ plan: EventStreamPlan) {
    send(isLast: false)
    guard connection.context != nil, answer != nil else { return }
    task = nil
    let stream = connection.loop.streams.open(plan, carriedBy: self)
    self.stream = stream
    plan.opened(stream)
  }

  var isChunked: Bool { false }
  var takesMore: Bool { untaken <= Self.maxUntaken }

  func carry(_ pieces: [ByteBuffer]) {
    guard let loop = connection.context?.eventLoop else { return }
    for piece in pieces { connection.write(id, .data(.init(data: .byteBuffer(piece))), promise: taken(piece, on: loop)) }
  }

  func carryStalled() { connection.state.answerStalled(id, at: .now()) }

  func carriedAll() {
    closeStream()
    do { try finish(0) } catch { cutStream() }
  }

  func cutStream() { fail() }

  func closeStream() {
    guard let stream else { return }
    self.stream = nil
    connection.loop.streams.remove(stream)
    stream.over()
  }
}
