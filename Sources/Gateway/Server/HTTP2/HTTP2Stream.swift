import Hummingbird
import NIOCore
import NIOHPACK
import NIOHTTP2

/// One answer of an HTTP/2 connection, from the request to the last byte. Belongs to the connection's loop.
final class HTTP2Stream: AnswerSink {
  /// Owned by it; ``abandon()`` cancels it.
  var task: Task<Void, Never>?
  let id: HTTP2StreamID
  let connection: HTTP2Connection
  var answer: OutgoingAnswer?
  private(set) var isAbandoned = false
  /// Bytes of the body that the socket has not taken.
  private(set) var untaken = 0
  /// A body that waits until it has.
  private var stalled: CheckedContinuation<Void, any Error>?
  /// In the place of a body.
  var stream: EventStream?

  /// A body that is longer, or has no end yet, waits when the client has so much of it to take.
  static let maxUntaken = 64 * 1024

  init(_ id: HTTP2StreamID, of connection: HTTP2Connection) {
    self.id = id
    self.connection = connection
  }

  /// Makes the answer and writes it.
  func respond(to incoming: IncomingRequest) async {
    guard let channel = connection.context?.channel else { return }
    var (request, context) = incoming.prepared(on: channel, from: connection.peer, connection.logger)
    (context.isHTTP2, context.wantsReplay) = (true, false)
    let response: Response
    do {
      response = try await connection.responder(request, context)
    } catch {
      response = .lastResort(request)
    }
    guard !isAbandoned else { return }
    let answer = OutgoingAnswer(response, to: incoming, hasChunks: false)
    self.answer = answer
    if answer.framing != .none, response.isEventStream, let plan = context.record.stream { return open(plan) }
    do {
      if answer.framing != .none {
        try await response.body.write(AnswerWriter(sink: NIOLoopBound(self, eventLoop: channel.eventLoop), number: 0))
      }
      // A body that forgot to say that it is whole is whole now.
      if self.answer != nil { try finish(0) }
    } catch {
      fail()
    }
  }

  /// Nobody waits any more.
  func abandon() {
    isAbandoned = true
    answer = nil
    task?.cancel()
    closeStream()
    if let stalled {
      self.stalled = nil
      stalled.resume(throwing: CancellationError())
    }
  }

  func fail() {
    guard !isAbandoned else { return }
    connection.perform(connection.state.answerFailed(id, at: .now()))
  }
}

// MARK: What the body tells

extension HTTP2Stream {
  func write(_ piece: ByteBuffer, of number: Int) throws -> Bool {
    guard answer != nil else { throw CancellationError() }
    guard answer?.outbox.add(piece) == true else { return false }
    send(isLast: false)
    return untaken > Self.maxUntaken
  }

  func writable(for number: Int) async throws {
    guard answer != nil, untaken > Self.maxUntaken else { return }
    guard stalled == nil else { throw CancellationError() }
    connection.state.answerStalled(id, at: .now())
    try await withCheckedThrowingContinuation { stalled = $0 }
  }

  func finish(_ number: Int) throws {
    guard let hasBegun = answer?.hasBegun else { throw CancellationError() }
    guard answer?.outbox.end(hasBegun: hasBegun) == true else { return fail() }
    send(isLast: true)
  }

  /// Writes what is ready, the head first if it has not left. Pieces of a body are not copied.
  func send(isLast: Bool) {
    guard var answer, let loop = connection.context?.eventLoop else { return }
    let now = NIODeadline.now()
    let pieces = answer.outbox.take()
    let isHead = !answer.hasBegun
    if isHead { connection.state.answerBegan(id, isStream: answer.outbox.isStream, at: now) }
    answer.hasBegun = true
    self.answer = isLast ? nil : answer
    if isLast { connection.state.answerEnded(id, at: now) }
    let last = isLast ? promise(on: loop) { self.ended($0) } : nil
    if isHead {
      let isWhole = isLast && pieces.isEmpty
      connection.write(
        id, .headers(.init(headers: head(of: answer, isWhole: isLast), endStream: isWhole)), promise: isWhole ? last : nil)
    } else if isLast, pieces.isEmpty {
      connection.write(id, .data(.init(data: .byteBuffer(ByteBuffer()), endStream: true)), promise: last)
    }
    for (index, piece) in pieces.enumerated() {
      let ends = isLast && index == pieces.count - 1
      connection.write(id, .data(.init(data: .byteBuffer(piece), endStream: ends)), promise: ends ? last : taken(piece, on: loop))
    }
  }

  private func head(of answer: OutgoingAnswer, isWhole: Bool) -> HPACKHeaders {
    var bodyBytes: Int?
    if case .length(let announced) = answer.framing { bodyBytes = isWhole ? answer.outbox.bodyBytes : announced }
    return HPACKHeaders(answer.response, framing: answer.framing, bodyBytes: bodyBytes, common: connection.loop.common)
  }
}

// MARK: What the socket takes

extension HTTP2Stream {
  /// Nil for the pieces of a body that waits for nobody.
  func taken(_ piece: ByteBuffer, on loop: any EventLoop) -> EventLoopPromise<Void>? {
    guard answer != nil else { return nil }
    let size = piece.readableBytes
    untaken += size
    return promise(on: loop) { _ in
      self.untaken -= size
      guard self.untaken <= Self.maxUntaken else { return }
      if let stream = self.stream {
        self.connection.state.streamResumed(self.id)
        return stream.pump()
      }
      guard let stalled = self.stalled else { return }
      self.stalled = nil
      self.connection.state.streamResumed(self.id)
      stalled.resume()
    }
  }

  private func ended(_ result: Result<Void, any Error>) {
    guard !isAbandoned else { return }
    switch result {
    case .success: connection.perform(connection.state.answerTaken(id, at: .now()))
    // Told as an event of the connection.
    case .failure(let error) where error is NIOHTTP2Errors.StreamClosed: break
    case .failure: fail()
    }
  }

  private func promise(
    on loop: any EventLoop, _ completion: @escaping (Result<Void, any Error>) -> Void
  ) -> EventLoopPromise<Void> {
    let promise = loop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete(completion)
    return promise
  }
}
