import HTTPTypes
import NIOCore

/// A request that has come in whole, or that is answered with a refusal as it is.
struct IncomingRequest: Equatable {
  var request: HTTPRequest
  var body = ByteBuffer()
  /// HTTP/1.1: knows interim responses and chunks.
  var isHTTP11 = true
  /// Whether the client wants to send another one on this connection.
  var keepsAlive = true
  var refusal: Refusal?
  /// What an answer to it may be given again to.
  var replayKey: ReplayKey?

  /// A request that never became readable, and why. `asksForHead`: as much is known of it that its answer has no body.
  static func unreadable(_ problem: Problem, asksForHead: Bool = false) -> IncomingRequest {
    var request = standIn
    if asksForHead { request.method = .head }
    return IncomingRequest(request: request, keepsAlive: false, refusal: Refusal(problem: problem, isTargetKnown: false))
  }

  /// The same, answered with a problem; the connection ends with it.
  func refused(_ problem: Problem) -> IncomingRequest {
    var refused = self
    refused.keepsAlive = false
    refused.refusal = Refusal(problem: problem, isTargetKnown: request.path != nil)
    if request.path == nil { refused.request.path = Self.standIn.path }
    return refused
  }

  /// The same, answered with a problem that is not its fault; the connection goes on.
  func declined(_ problem: Problem) -> IncomingRequest {
    var declined = self
    declined.refusal = Refusal(problem: problem, isTargetKnown: true)
    return declined
  }

  /// What is asked for, without the query.
  var path: Substring { (request.path ?? "").prefix { $0 != "?" } }

  /// No route is at `*`, and `-` is no method of ours.
  private static let standIn = HTTPRequest(method: HTTPRequest.Method("-") ?? .get, scheme: nil, authority: nil, path: "*")
}

/// Why the connection itself does not have a request answered.
package struct Refusal: Sendable, Equatable {
  let problem: Problem
  /// False where the request could not be read as far as its target.
  let isTargetKnown: Bool
}
