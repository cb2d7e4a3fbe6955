import NIOCore
import NIOHTTP2

/// What one HTTP/2 connection of a client may do next: a value, told what has happened, that answers with what to do about it.
///
/// Frames, and which of them a stream may have, are NIOHTTP2's; requests, their limits and the time that they may take are judged here.
/// Each stream has a deadline of its own; a connection without streams has one too.
struct HTTP2ConnectionState: Equatable {
  enum Action: Equatable {
    /// Give the request to the responder.
    case start(HTTP2StreamID, IncomingRequest)
    /// Tell the client that its body is wanted (status 100).
    case sendContinue(HTTP2StreamID)
    /// End the stream, and cancel what is under way for it.
    case reset(HTTP2StreamID, HTTP2ErrorCode)
    /// The stream has ended: cancel what is under way for it.
    case drop(HTTP2StreamID)
    /// Let the client send so many bytes more on the connection.
    case credit(Int)
    /// Tell the client that no further request is taken than those up to this one: others it may send again elsewhere.
    case goAway(HTTP2StreamID)
    /// All is answered: close the output, throw away what comes.
    case closeOutput
    /// Close the connection; it owes nobody anything.
    case close
    /// The client does not keep to the protocol, and has been told: close the socket.
    case hangUp
    /// Cancel what is under way and close the connection, without regard for what is still to be sent.
    case abort
  }

  enum Life: Equatable {
    case open
    /// No further request is taken.
    case leaving
    case lingering
    case closed
  }

  let limits: EdgeLimits
  let isOverCapacity: Bool
  let probePaths: Set<String>
  var streams: [HTTP2StreamID: HTTP2StreamState] = [:]
  /// Those that are ready, in the order in which they became so.
  var ready: [HTTP2StreamID] = []
  var life = Life.open
  /// The last request that was taken.
  var lastStream = HTTP2StreamID.rootStream
  /// Of a connection without streams, and of one that lingers.
  var idleDeadline: NIODeadline
  /// Bytes of bodies that are kept.
  var held = 0
  /// What the client may still send on the connection; nil until it has sent something.
  var window: Int?

  /// What a client may have on its way, of all bodies together.
  static let fullWindow = 65_535
  /// Bodies that are kept beyond this many bytes have the client wait.
  static let maxHeld = 1024 * 1024

  /// - Parameter isOverCapacity: there are too many connections: requests are refused, unless they are for one of `probePaths`.
  init(limits: EdgeLimits, isOverCapacity: Bool, probePaths: Set<String>, openedAt now: NIODeadline) {
    self.limits = limits
    self.isOverCapacity = isOverCapacity
    self.probePaths = probePaths
    idleDeadline = now + limits.headTimeout
  }

  var isClosed: Bool { life == .closed }

  /// Whether a frame with fields ends a request, and does not begin one.
  func knows(_ id: HTTP2StreamID) -> Bool { streams[id] != nil }
}

// MARK: What comes in

extension HTTP2ConnectionState {
  /// The fields of a new request. `isWhole`: it has no body.
  mutating func headReceived(_ id: HTTP2StreamID, _ head: RequestHead, isWhole: Bool, at now: NIODeadline) -> [Action] {
    guard life == .open || life == .leaving else { return [] }
    // A client that has not seen our settings yet may think that it may have more.
    guard streams.count < limits.maxStreams else { return [.reset(id, .refusedStream)] }
    lastStream = id
    var request = head.incoming
    if let problem = head.problem {
      request = request.refused(problem)
    } else if isOverCapacity, !probePaths.contains(String(request.path)) {
      request = request.refused(.tooManyConnections)
    } else if !isWhole {
      streams[id] = HTTP2StreamState(phase: .body(head, ByteBuffer()), deadline: now + limits.bodyTimeout, isInputOpen: true)
      return head.expectsContinue ? [.sendContinue(id)] : []
    }
    streams[id] = HTTP2StreamState(phase: .ready(request), isInputOpen: !isWhole)
    ready.append(id)
    return isOverCapacity ? leave() : []
  }

  /// Some of a body. What comes behind a refusal is thrown away.
  mutating func bodyReceived(_ id: HTTP2StreamID, _ part: ByteBuffer) {
    // Taken out, so that the body is in one place only and grows there.
    guard var stream = streams.removeValue(forKey: id) else { return }
    defer { streams[id] = stream }
    guard case .body(let head, var body) = stream.phase else { return }
    stream.phase = .answering(hasBegun: false)
    if part.readableBytes > limits.maxBody - body.readableBytes {
      held -= body.readableBytes
      stream.phase = .ready(head.incoming.refused(.contentTooLarge(limit: limits.maxBody)))
      ready.append(id)
    } else {
      held += part.readableBytes
      if body.readableBytes == 0 { body = part } else { body.writeImmutableBuffer(part) }
      stream.phase = .body(head, body)
    }
  }

  /// The request is whole: its last frame has come.
  mutating func endReceived(_ id: HTTP2StreamID) {
    guard var stream = streams[id] else { return }
    stream.isInputOpen = false
    if case .body(let head, let body) = stream.phase {
      var request = head.incoming
      request.body = body
      stream.phase = .ready(request)
      ready.append(id)
    }
    streams[id] = stream
  }

  /// All that one read brought has been told. Requests that the same read has taken back were never begun.
  mutating func readCompleted() -> [Action] {
    guard !ready.isEmpty else { return credit() }
    let waiting = ready
    ready.removeAll(keepingCapacity: true)
    return waiting.compactMap { start($0) } + credit()
  }

  mutating func start(_ id: HTTP2StreamID) -> Action? {
    guard let stream = streams[id], case .ready(let request) = stream.phase else { return nil }
    held -= request.body.readableBytes
    streams[id]?.phase = .answering(hasBegun: false)
    streams[id]?.deadline = .distantFuture
    return .start(id, request)
  }

  /// What the client may still send on the connection.
  mutating func windowChanged(to size: Int) { window = size }

  /// Nobody waits for a body to be read, but for memory, of which one client gets so much.
  private mutating func credit() -> [Action] {
    guard let window, window <= Self.fullWindow / 2, held <= Self.maxHeld else { return [] }
    self.window = Self.fullWindow
    return [.credit(Self.fullWindow - window)]
  }
}

// MARK: What goes out

extension HTTP2ConnectionState {
  /// The head of the answer is about to be written. A stream has no deadline while it flows, see ``answerStalled(_:at:)``.
  mutating func answerBegan(_ id: HTTP2StreamID, isStream: Bool, at now: NIODeadline) {
    streams[id]?.phase = .answering(hasBegun: true)
    streams[id]?.deadline = isStream ? .distantFuture : now + limits.writeTimeout
  }

  /// The client does not take what is written.
  mutating func answerStalled(_ id: HTTP2StreamID, at now: NIODeadline) {
    if streams[id]?.deadline == .distantFuture { streams[id]?.deadline = now + limits.writeTimeout }
  }

  /// It takes it again: a stream flows.
  mutating func streamResumed(_ id: HTTP2StreamID) { streams[id]?.deadline = .distantFuture }

  /// The last byte of the answer is about to be written.
  mutating func answerEnded(_ id: HTTP2StreamID, at now: NIODeadline) {
    guard var stream = streams[id] else { return }
    stream.phase = .written
    if stream.deadline == .distantFuture { stream.deadline = now + limits.writeTimeout }
    streams[id] = stream
  }

  /// The socket has taken the last byte of the answer.
  mutating func answerTaken(_ id: HTTP2StreamID, at now: NIODeadline) -> [Action] {
    guard let stream = streams[id], stream.phase == .written else { return [] }
    // What the client still wants to say is not needed (RFC 9113 §8.1).
    let end: Action = stream.isInputOpen && !stream.isClosed ? .reset(id, .noError) : .drop(id)
    return [end] + forget(id, at: now)
  }

  /// The answer cannot be brought to its end.
  mutating func answerFailed(_ id: HTTP2StreamID, at now: NIODeadline) -> [Action] {
    guard let stream = streams[id] else { return [] }
    return [stream.isClosed ? .drop(id) : .reset(id, .internalError)] + forget(id, at: now)
  }
}
