import HTTPTypes
import NIOCore
import NIOHTTP1

/// What one HTTP/1.1 connection of a client may do next: a value, told what has happened, that answers with what to do about it.
///
/// Requests are answered in order, one at a time; what one read brought beyond waits in a queue, and while there is a queue
/// nothing more is read. There is one ``deadline``, and every wait for the client has one.
struct ServerConnectionState: Equatable {
  enum Action: Equatable {
    case none
    /// Give the request to the responder.
    case start(IncomingRequest)
    /// Write `100 Continue`.
    case sendContinue
    /// The last answer has left: close the output, throw away what comes.
    case closeOutput
    /// Close the connection; it owes nobody anything.
    case close
    /// Cancel what is under way and close the connection, without regard for what is still to be sent.
    case abort
  }

  /// What becomes of bytes that have come.
  enum Reading: Equatable {
    case parse, hold, discard
  }

  /// An answer being made or sent.
  private struct Answer: Equatable {
    let isHTTP11: Bool
    var keepsAlive: Bool
    var hasBegun = false
    var hasEnded = false
    var probes = 0
  }

  private enum Output: Equatable {
    case idle
    case answering(Answer)
    case lingering
    case closed
  }

  private let limits: EdgeLimits
  private let isOverCapacity: Bool
  private let probePaths: Set<String>
  private var intake: RequestIntake
  private var queue = CircularBuffer<IncomingRequest>()
  private var output = Output.idle
  private var answered = 0
  private var isInputClosed = false
  /// The client has closed its side, and not all that it had sent has been told.
  private var isEndSeen = false
  private var isQuiescing = false
  /// For what there is one; `distantFuture` while nothing is expected of the client.
  private(set) var deadline: NIODeadline

  /// A client that has closed its side is asked so often whether it is still there.
  private static let maxProbes = 2

  /// - Parameters:
  ///   - isOverCapacity: there are too many connections: the first request is refused, unless it is for one of `probePaths`.
  init(limits: EdgeLimits, isOverCapacity: Bool, probePaths: Set<String>, openedAt now: NIODeadline) {
    self.limits = limits
    self.isOverCapacity = isOverCapacity
    self.probePaths = probePaths
    intake = RequestIntake(limits: limits)
    deadline = now + limits.headTimeout
  }

  var isClosed: Bool { output == .closed }
  var isIdle: Bool { output == .idle && queue.isEmpty }
  /// Whether the next byte to come is the first one of a request.
  var isBetweenRequests: Bool { intake.isBetween }

  /// Bytes of a body of known length that are still to come; nil where there is none.
  var restOfBody: Int? { intake.restOfBody }

  /// Whether nothing is read from the connection any more.
  var isRefused: Bool { intake.isRefused }

  /// Whether the socket is to be read.
  var wantsRead: Bool {
    switch output {
    case .idle, .lingering: true
    case .answering: queue.isEmpty && !intake.isRefused
    case .closed: false
    }
  }

  /// Whether to find out soon, by writing to it, if a client that has closed its side is gone altogether.
  var wantsProbe: Bool {
    guard isInputClosed || isEndSeen, case .answering(let answer) = output else { return false }
    return answer.isHTTP11 && !answer.hasBegun && answer.probes < Self.maxProbes
  }
}

// MARK: What comes in

extension ServerConnectionState {
  /// Bytes have come, not looked at yet. `isBlank`: nothing but line ends, which may stand before a request (RFC 9112 §2.2).
  mutating func bytesReceived(isBlank: Bool, at now: NIODeadline) -> Reading {
    guard !intake.isRefused else { return .discard }
    switch output {
    case .idle:
      guard intake.isBetween, !isBlank else { return .parse }
      intake.bytesReceived()
      if answered > 0 { deadline = now + limits.headTimeout }
      return .parse
    case .answering:
      guard queue.isEmpty else { return .hold }
      if !isBlank { intake.bytesReceived() }
      return .parse
    case .lingering, .closed:
      return .discard
    }
  }

  /// The first line of a request is coming. `asksForHead`: its method is known, and HEAD.
  mutating func requestBegun(asksForHead: Bool) { intake.lineReceived(asksForHead: asksForHead) }

  mutating func headReceived(_ head: HTTPRequestHead) { enqueue(intake.headReceived(head)) }
  mutating func bodyReceived(_ part: ByteBuffer) { enqueue(intake.bodyReceived(part)) }
  mutating func endReceived() { enqueue(intake.endReceived()) }
  mutating func parsingFailed(_ problem: Problem) { enqueue(intake.failed(problem)) }

  private mutating func enqueue(_ request: IncomingRequest?) {
    if let request { queue.append(request) }
  }

  /// All that one read brought has been told.
  mutating func readCompleted(at now: NIODeadline) -> Action {
    guard output == .idle else { return .none }
    return proceed(at: now, isFresh: false)
  }

  /// The client sends nothing more; what it sent before will be told.
  mutating func endSeen() -> Action {
    isEndSeen = true
    return hasLeft ? abort() : .none
  }

  /// The client sends nothing more; it may still read. All that it had sent has been told.
  mutating func inputClosed(at now: NIODeadline) -> Action {
    isInputClosed = true
    if hasLeft { return abort() }
    switch output {
    case .idle: return proceed(at: now, isFresh: false)
    case .lingering: return close()
    case .answering, .closed: return .none
    }
  }

  /// Whether the client counts as gone. One of HTTP/1.1 that has closed its side is asked, see ``wantsProbe``; one of HTTP/1.0 cannot be,
  /// and is taken to have left where its answer has not begun.
  private var hasLeft: Bool {
    guard isInputClosed || isEndSeen, case .answering(let answer) = output else { return false }
    return !answer.isHTTP11 && !answer.hasBegun
  }

  /// With nothing in hand: what is next? `isFresh`: an answer has just left, and the client's time begins.
  private mutating func proceed(at now: NIODeadline, isFresh: Bool) -> Action {
    if let next = queue.popFirst() { return isInputClosed && !next.isHTTP11 ? close() : start(next) }
    if isInputClosed || isQuiescing && intake.isBetween { return close() }
    switch intake.phase {
    case .between: if isFresh { deadline = now + limits.idleTimeout }
    case .head: if isFresh { deadline = now + limits.headTimeout }
    case .body: return awaitBody(at: now)
    case .refused: return close()
    }
    return .none
  }

  private mutating func awaitBody(at now: NIODeadline) -> Action {
    guard intake.bodyAwaited() else { return .none }
    deadline = now + limits.bodyTimeout
    return intake.expectsContinue ? .sendContinue : .none
  }

  private mutating func start(_ request: IncomingRequest) -> Action {
    var request = request
    if isOverCapacity {
      let path = request.request.path?.prefix { $0 != "?" } ?? ""
      if request.refusal == nil, !probePaths.contains(String(path)) { request = request.refused(.tooManyConnections) }
      request.keepsAlive = false
    }
    output = .answering(Answer(isHTTP11: request.isHTTP11, keepsAlive: request.keepsAlive))
    deadline = .distantFuture
    return .start(request)
  }
}

// MARK: What goes out

extension ServerConnectionState {
  /// The head of the answer is about to be written. A stream has no deadline while it flows, see ``answerStalled(at:)``.
  ///
  /// - Returns: whether another request may follow.
  mutating func answerBegan(isDraining: Bool, isStream: Bool, at now: NIODeadline) -> Bool {
    guard case .answering(var answer) = output else { return false }
    answer.hasBegun = true
    if isDraining || isQuiescing { answer.keepsAlive = false }
    output = .answering(answer)
    deadline = isStream ? .distantFuture : now + limits.writeTimeout
    return answer.keepsAlive
  }

  /// The client does not take what is written.
  mutating func answerStalled(at now: NIODeadline) {
    if case .answering(let answer) = output, answer.hasBegun, deadline == .distantFuture { deadline = now + limits.writeTimeout }
  }

  /// It takes it again: a stream flows.
  mutating func streamResumed() {
    if case .answering(let answer) = output, !answer.hasEnded { deadline = .distantFuture }
  }

  /// The last byte of the answer has been written. The connection has to end with it where the end is what tells the length.
  mutating func answerEnded(closesToEnd: Bool, at now: NIODeadline) {
    guard case .answering(var answer) = output else { return }
    answer.hasEnded = true
    if closesToEnd { answer.keepsAlive = false }
    output = .answering(answer)
    if deadline == .distantFuture { deadline = now + limits.writeTimeout }
  }

  /// The socket has taken the last byte of the answer.
  mutating func answerTaken(at now: NIODeadline) -> Action {
    guard case .answering(let answer) = output, answer.hasEnded else { return .none }
    answered += 1
    guard answer.keepsAlive else { return linger(at: now) }
    output = .idle
    return proceed(at: now, isFresh: true)
  }

  /// The answer cannot be brought to its end.
  mutating func answerFailed() -> Action { isClosed ? .none : abort() }

  /// Some time has gone by since the client closed its side. `sendContinue` has a client that is gone answer with a reset.
  mutating func probeDue() -> Action {
    guard wantsProbe, case .answering(var answer) = output else { return .none }
    answer.probes += 1
    output = .answering(answer)
    return .sendContinue
  }

  private mutating func linger(at now: NIODeadline) -> Action {
    queue.removeAll()
    if isInputClosed { return close() }
    output = .lingering
    deadline = now + limits.lingerTimeout
    return .closeOutput
  }
}

// MARK: How it ends

extension ServerConnectionState {
  mutating func deadlinePassed(at now: NIODeadline) -> Action {
    guard now >= deadline else { return .none }
    switch output {
    case .idle:
      guard let late = late() else { return close() }
      return start(late)
    case .lingering: return close()
    case .answering: return abort()
    case .closed: return .none
    }
  }

  /// What a request that did not come in time is answered with; nil if nothing of one has come.
  private mutating func late() -> IncomingRequest? {
    switch intake.phase {
    case .head: intake.failed(.headTimedOut)
    case .body: intake.failed(.bodyTimedOut)
    case .between, .refused: nil
    }
  }

  /// The server ends: this connection takes no further request, and closes if it has none.
  mutating func quiesced() -> Action {
    isQuiescing = true
    return isIdle && intake.isBetween ? close() : .none
  }

  /// The server ends now.
  mutating func shutDown() -> Action { isClosed ? .none : abort() }

  /// The connection is gone.
  mutating func connectionClosed() -> Action { isClosed ? .none : abort() }

  private mutating func close() -> Action {
    output = .closed
    deadline = .distantFuture
    return .close
  }

  private mutating func abort() -> Action {
    queue.removeAll()
    output = .closed
    deadline = .distantFuture
    return .abort
  }
}
