import NIOCore

/// A stream of events in the place of a body: no task waits for it, it is written to when there is something to tell.
extension ServerConnection: EventStreamSink {
  /// Sends the head, and gives the stream to its route.
  func open(_ plan: EventStreamPlan) {
    flush(promise: nil)
    // The head may have found nobody.
    guard answer != nil else { return }
    // It has done its part, and 16 KB of memory go with it.
    task = nil
    let stream = loop.streams.open(plan, carriedBy: self)
    self.stream = stream
    plan.opened(stream)
  }

  var isChunked: Bool { answer?.framing == .chunked }
  var takesMore: Bool { context?.channel.isWritable == true }

  func carry(_ pieces: [ByteBuffer]) {
    guard let context, let last = pieces.last else { return }
    for piece in pieces.dropLast() { context.write(Self.wrapOutboundOut(piece), promise: nil) }
    context.writeAndFlush(Self.wrapOutboundOut(last), promise: nil)
  }

  func carryStalled() { state.answerStalled(at: .now()) }

  func carriedAll() {
    let number = answerNumber
    closeStream()
    // It throws where there is nobody to tell.
    do { try finish(number) } catch { cutStream() }
  }

  func cutStream() { perform(state.answerFailed()) }

  /// Nothing is sent on it any more.
  func closeStream() {
    guard let stream else { return }
    self.stream = nil
    loop.streams.remove(stream)
    stream.over()
  }
}
