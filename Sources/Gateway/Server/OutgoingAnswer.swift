import Aggregation
import HTTPTypes
import Hummingbird
import NIOCore
import RateLimiting

/// An answer on its way out: the response, and what of it has been written.
struct OutgoingAnswer {
  let response: Response
  let isHTTP11: Bool
  var outbox: Outbox
  var hasBegun = false

  /// - Parameter hasChunks: whether the end of a stream is told in its last chunk, not by the end of what carries it.
  init(_ response: Response, to request: IncomingRequest, hasChunks: Bool) {
    self.response = response
    isHTTP11 = request.isHTTP11
    outbox = Outbox(framing: AnswerFraming(of: response, toHead: request.request.method == .head, isHTTP11: hasChunks))
  }

  /// What the head says. A body that is whole has the length that it has.
  var framing: AnswerFraming { outbox.framing }

  /// Whether the connection ends with it. A stream that began before the process was told to end could not say so in its head.
  func closesToEnd(isDraining: Bool) -> Bool { framing == .untilClose || framing == .chunked && isDraining }
}

extension ServerConnection {
  /// Makes the answer and writes it. Whatever happens, the connection goes on or ends.
  func respond(to incoming: IncomingRequest) async {
    let number = answerNumber
    guard let channel = context?.channel else { return }
    let (request, prepared) = incoming.prepared(on: channel, from: peer, logger)
    var context = prepared
    context.wantsReplay = incoming.replayKey.map { loop.replays.wants($0) } ?? false
    let response: Response
    do {
      response = try await responder(request, context)
    } catch {
      response = .lastResort(request)
    }
    guard !state.isClosed, number == answerNumber else { return }
    if let key = incoming.replayKey, let terms = context.record.terms {
      loop.replays.keep(Replay(response, terms, context.record), for: key)
    }
    let answer = OutgoingAnswer(response, to: incoming, hasChunks: incoming.isHTTP11)
    self.answer = answer
    if answer.framing != .none, response.isEventStream, let plan = context.record.stream { return open(plan) }
    do {
      try await write(response.body, number)
    } catch {
      fail(number)
    }
  }

  private func write(_ body: ResponseBody, _ number: Int) async throws {
    guard let answer, let context else { return }
    if answer.framing != .none {
      try await body.write(AnswerWriter(sink: NIOLoopBound(self, eventLoop: context.eventLoop), number: number))
    }
    // A body that forgot to say that it is whole is whole now.
    if self.answer != nil, number == answerNumber { try finish(number) }
  }
}

// MARK: What has been answered a moment ago

extension ServerConnection {
  /// Gives the answer that the same request had a moment ago; false where there is none.
  func give(again request: IncomingRequest) -> Bool {
    // One within another would go as deep as there are requests in the pipeline.
    guard !isGivingAgain, let key = request.replayKey, request.refusal == nil, !loop.drain.isDraining, let context,
      let replay = loop.replays.find(key)
    else { return false }
    // One that is refused goes the long way, and is told so there.
    let limits = replay.count?(peer)
    if replay.count != nil, limits?.isAllowed != true { return false }
    isGivingAgain = true
    defer { isGivingAgain = false }
    let now = NIODeadline.now()
    guard state.answerBegan(isDraining: false, isStream: false, at: now) else { return false }
    let id = RequestID.accept(request.request.headerFields[.requestID])
    loop.scratch.clear(minimumCapacity: 1024)
    loop.scratch.writeImmutableBuffer(replay.head)
    if let limits { loop.scratch.writeFields(of: limits) }
    loop.scratch.writeStaticString("X-Request-Id: ")
    loop.scratch.writeString(id)
    loop.scratch.writeStaticString("\r\n")
    loop.scratch.writeImmutableBuffer(loop.common.bytes)
    loop.scratch.writeStaticString("\r\n")
    state.answerEnded(closesToEnd: false, at: now)
    let taken = self.taken(on: context.eventLoop)
    if replay.terms.pieces.isEmpty {
      context.writeAndFlush(Self.wrapOutboundOut(loop.scratch), promise: taken)
    } else {
      context.write(Self.wrapOutboundOut(loop.scratch), promise: nil)
      for piece in replay.terms.pieces.dropLast() { context.write(Self.wrapOutboundOut(piece), promise: nil) }
      if let last = replay.terms.pieces.last { context.writeAndFlush(Self.wrapOutboundOut(last), promise: taken) }
    }
    if replay.line != nil || replay.tally.isTimed {
      let end = NIODeadline.now()
      replay.tally.counted(at: end, took: end - now)
      replay.line?(id, request.request.headerFields, .nanoseconds((end - now).nanoseconds))
    } else {
      replay.tally.counted()
    }
    return true
  }
}

// MARK: What the body tells

extension ServerConnection: AnswerSink {
  func write(_ piece: ByteBuffer, of number: Int) throws -> Bool {
    guard number == answerNumber, answer != nil, let context else { throw CancellationError() }
    guard answer?.outbox.add(piece) == true else { return false }
    flush(promise: nil)
    return !context.channel.isWritable
  }

  func writable(for number: Int) async throws {
    guard number == answerNumber, answer != nil, let context, !context.channel.isWritable else { return }
    guard stalled == nil else { throw CancellationError() }
    state.answerStalled(at: .now())
    try await withCheckedThrowingContinuation { stalled = $0 }
  }

  func finish(_ number: Int) throws {
    guard number == answerNumber, let hasBegun = answer?.hasBegun, let context else { throw CancellationError() }
    guard answer?.outbox.end(hasBegun: hasBegun) == true else { return fail(number) }
    flush(promise: taken(on: context.eventLoop))
  }

  /// Kept when the socket has taken the last byte.
  private func taken(on eventLoop: any EventLoop) -> EventLoopPromise<Void> {
    let taken = eventLoop.makePromise(of: Void.self)
    taken.futureResult.assumeIsolated().whenComplete { result in
      switch result {
      case .success: self.perform(self.state.answerTaken(at: .now()))
      case .failure: self.perform(self.state.answerFailed())
      }
    }
    return taken
  }

  private func fail(_ number: Int) {
    guard number == answerNumber, !state.isClosed else { return }
    perform(state.answerFailed())
  }

  /// Writes what is ready, the head first if it has not left. With a promise the answer ends here.
  func flush(promise: EventLoopPromise<Void>?) {
    guard let context, var answer else { return }
    let now = NIODeadline.now()
    var pieces = answer.outbox.take()
    var head: ByteBuffer?
    if !answer.hasBegun {
      head = makeHead(&answer, isWhole: promise != nil, at: now)
      while let first = pieces.first, head != nil, first.readableBytes <= Outbox.maxCopied {
        head?.writeImmutableBuffer(first)
        pieces.removeFirst()
      }
    }
    self.answer = promise == nil ? answer : nil
    if promise != nil { state.answerEnded(closesToEnd: answer.closesToEnd(isDraining: loop.drain.isDraining), at: now) }
    if let head { pieces.insert(head, at: 0) }
    for piece in pieces.dropLast() { context.write(Self.wrapOutboundOut(piece), promise: nil) }
    context.writeAndFlush(Self.wrapOutboundOut(pieces.last ?? ByteBuffer()), promise: promise)
  }

  private func makeHead(_ answer: inout OutgoingAnswer, isWhole: Bool, at now: NIODeadline) -> ByteBuffer {
    answer.hasBegun = true
    let keepsAlive = state.answerBegan(isDraining: loop.drain.isDraining, isStream: answer.outbox.isStream, at: now)
    var framing = answer.framing
    if isWhole, case .length = framing { framing = .length(answer.outbox.bodyBytes) }
    loop.scratch.clear(minimumCapacity: 1024)
    loop.scratch.writeAnswerHead(
      answer.response, framing: framing, common: loop.common.bytes(besides: answer.response.headers),
      keepsAlive: keepsAlive && framing != .untilClose, isHTTP11: answer.isHTTP11)
    return loop.scratch
  }
}
