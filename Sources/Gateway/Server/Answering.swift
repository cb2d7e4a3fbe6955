import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What the middlewares and routes are given, and what stands in for an answer of theirs: the same for every protocol.
extension IncomingRequest {
  func prepared(on channel: any Channel, from peer: IPAddress?, _ logger: Logger) -> (request: Request, context: GatewayContext) {
    var context = GatewayContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
    context.refusal = refusal
    context.peer = peer
    return (Request(head: request, body: RequestBody(buffer: body)), context)
  }
}

extension Response {
  /// The middlewares let nothing through; if they do, there is still an answer.
  static func lastResort(_ request: Request) -> Response {
    let id = RequestID.accept(request.headers[.requestID])
    var response = Problem.internalError.response(instance: request.uri.path, requestID: id)
    response.headers[.requestID] = id
    return response
  }
}
