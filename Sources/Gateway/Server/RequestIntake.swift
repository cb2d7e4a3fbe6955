import NIOCore
import NIOHTTP1

/// Puts requests together from the parts that the parser gives: a value, one method an event. What is wrong becomes a request
/// with a refusal; nothing is read after that.
struct RequestIntake: Equatable {
  enum Phase: Equatable {
    /// No byte of a request is there.
    case between
    case head
    case body(RequestHead, ByteBuffer)
    /// A request was refused, or was the last one. Where the next one would begin nobody can tell.
    case refused
  }

  private let limits: EdgeLimits
  private(set) var phase = Phase.between
  private var isBodyAwaited = false
  /// Whether the request that is coming is for HEAD, as far as its first line has told.
  private var asksForHead = false

  init(limits: EdgeLimits) { self.limits = limits }

  var isRefused: Bool { phase == .refused }
  var isBetween: Bool { phase == .between }

  /// Whether a client waits to be told that its body is wanted.
  var expectsContinue: Bool {
    if case .body(let head, let body) = phase { head.expectsContinue && body.readableBytes == 0 } else { false }
  }

  /// True once for each body: from now on the client is waited for.
  mutating func bodyAwaited() -> Bool {
    defer { isBodyAwaited = true }
    return !isBodyAwaited
  }

  /// Bytes of a body of known length that are still to come; nil where there is none.
  var restOfBody: Int? {
    guard case .body(let head, let body) = phase, let length = head.contentLength, length > body.readableBytes else { return nil }
    return length - body.readableBytes
  }

  mutating func bytesReceived() {
    guard case .between = phase else { return }
    phase = .head
    asksForHead = false
  }

  /// Some of the first line, or all of it.
  mutating func lineReceived(asksForHead: Bool) {
    bytesReceived()
    self.asksForHead = asksForHead
  }

  /// A request that is refused for what its head says.
  mutating func headReceived(_ head: HTTPRequestHead) -> IncomingRequest? {
    guard !isRefused else { return nil }
    let head = RequestHead(head, limits: limits)
    if let problem = head.problem { return refuse(head.incoming.refused(problem)) }
    phase = .body(head, ByteBuffer())
    isBodyAwaited = false
    return nil
  }

  /// A request that is refused for the size of its body.
  mutating func bodyReceived(_ part: ByteBuffer) -> IncomingRequest? {
    guard case .body(let head, var body) = phase else { return nil }
    guard part.readableBytes <= limits.maxBody - body.readableBytes else {
      return refuse(head.incoming.refused(.contentTooLarge(limit: limits.maxBody)))
    }
    phase = .between
    if body.readableBytes == 0 { body = part } else { body.writeImmutableBuffer(part) }
    phase = .body(head, body)
    return nil
  }

  /// A request that has come in whole.
  mutating func endReceived() -> IncomingRequest? {
    guard case .body(let head, let body) = phase else { return nil }
    // After the last request of a connection nothing is looked at; after one that asks for another protocol nothing could be.
    phase = head.incoming.keepsAlive ? .between : .refused
    var incoming = head.incoming
    incoming.body = body
    return incoming
  }

  /// What came, or did not come in time, cannot be answered with anything else. Nil if there was a refusal before.
  mutating func failed(_ problem: Problem) -> IncomingRequest? {
    switch phase {
    case .refused: nil
    case .between, .head: refuse(.unreadable(problem, asksForHead: asksForHead))
    case .body(let head, _): refuse(head.incoming.refused(problem))
    }
  }

  private mutating func refuse(_ request: IncomingRequest) -> IncomingRequest {
    phase = .refused
    return request
  }
}
