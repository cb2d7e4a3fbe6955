import HTTPTypes
import Hummingbird
import Logging

/// The outermost layer of a request: gives it an id and writes its access line. Outermost so that no answer, also no refusal,
/// leaves without an id and a line.
struct EdgeMiddleware: RouterMiddleware {
  typealias Context = GatewayContext

  let accessLog: AccessLog
  /// Nil where nothing is counted.
  var instruments: RequestInstruments?

  func handle(
    _ request: Request, context: GatewayContext, next: @concurrent (Request, GatewayContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    context.requestID = RequestID.accept(request.headers[.requestID])
    var response = try await next(request, context)
    response.headers[.requestID] = context.requestID
    // The length of what GET would have answered stays; the bytes do not.
    let answered = request.method == .head ? response.createHeadResponse() : response
    accessLog.write(request, answered, context)
    instruments?.answered(answered, context)
    if context.record.terms != nil {
      context.record.line = accessLog.line(request, answered, context)
      context.record.tally = instruments?.tally(answered, context)
    }
    return answered
  }
}
