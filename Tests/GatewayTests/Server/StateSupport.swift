import HTTPTypes
import NIOCore
import NIOHTTP1

@testable import Gateway

/// A connection's state under a clock that a test moves.
struct Scene {
  var state: ServerConnectionState
  var now = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
  let limits: EdgeLimits

  init(_ limits: EdgeLimits = EdgeLimits(), isOverCapacity: Bool = false) {
    self.limits = limits
    state = ServerConnectionState(
      limits: limits, isOverCapacity: isOverCapacity, probePaths: ["/", "/livez"], openedAt: now)
  }

  mutating func pass(_ time: TimeAmount) { now = now + time }

  mutating func bytes() -> ServerConnectionState.Reading { state.bytesReceived(isBlank: false, at: now) }

  /// One read with whole requests in it.
  mutating func receive(_ heads: HTTPRequestHead...) -> ServerConnectionState.Action {
    _ = bytes()
    for head in heads {
      state.headReceived(head)
      state.endReceived()
    }
    return state.readCompleted(at: now)
  }

  /// A whole answer, taken at once.
  mutating func answer(isDraining: Bool = false) -> ServerConnectionState.Action {
    _ = state.answerBegan(isDraining: isDraining, isStream: false, at: now)
    state.answerEnded(closesToEnd: false, at: now)
    return state.answerTaken(at: now)
  }

  /// Time goes by until just after the deadline.
  mutating func deadlinePasses() -> ServerConnectionState.Action {
    now = state.deadline
    return state.deadlinePassed(at: now)
  }
}

extension HTTPRequestHead {
  static func get(
    _ path: String = "/", version: HTTPVersion = .http1_1, _ fields: HTTPHeaders = [:]
  ) -> HTTPRequestHead {
    var headers: HTTPHeaders = ["Host": "a"]
    headers.add(contentsOf: fields)
    return HTTPRequestHead(version: version, method: .GET, uri: path, headers: headers)
  }

  static func post(_ path: String = "/", _ fields: HTTPHeaders) -> HTTPRequestHead {
    var head = get(path, fields)
    head.method = .POST
    return head
  }
}

extension ServerConnectionState.Action {
  /// The request to be answered, nil if it is something else.
  var started: IncomingRequest? { if case .start(let request) = self { request } else { nil } }
  var refusal: Int? { started?.refusal?.problem.status.code }
  var path: String? { started?.request.path }
}
