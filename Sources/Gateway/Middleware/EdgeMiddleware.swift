import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Resilience

/// The outermost layer of a request: gives it an id and its place in a trace, and writes its access line. Outermost so that no answer,
/// also no refusal, leaves without an id and a line.
struct EdgeMiddleware: RouterMiddleware {
  typealias Context = GatewayContext

  let accessLog: AccessLog
  /// Nil where nothing is counted.
  var instruments: RequestInstruments?
  var tracing = EdgeTracing()
  /// Nil: nobody asks about requests afterwards.
  var history: RequestHistory?

  func handle(
    _ request: Request, context: GatewayContext, next: @concurrent (Request, GatewayContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    let trace = began(request, &context)
    return answered(request, try await next(request, context), context, trace)
  }

  func began(_ request: Request, _ context: inout GatewayContext) -> RequestTrace {
    context.requestID = RequestID.accept(request.headers[.requestID])
    let trace = tracing.began(request, requestID: context.requestID, at: context.received)
    context.trace = trace
    return trace
  }

  /// - Returns: the response as it goes out.
  func answered(_ request: Request, _ response: Response, _ context: GatewayContext, _ trace: RequestTrace) -> Response {
    var response = response
    response.headers[.requestID] = context.requestID
    // The length of what GET would have answered stays; the bytes do not.
    let answered = request.method == .head ? response.createHeadResponse() : response
    accessLog.write(request, answered, context)
    remember(request, answered, context, trace)
    instruments?.answered(answered, context)
    if context.record.terms != nil {
      context.record.line = lineAgain(request, answered, context)
      context.record.again = instruments?.again(answered, context)
    }
    return answered
  }

  /// For the tracer, and for operators.
  private func remember(_ request: Request, _ response: Response, _ context: GatewayContext, _ trace: RequestTrace) {
    let (sections, status) = (context.record.sections, Int(response.status.code))
    tracing.ended(trace, request, response, context, sections)
    // Whoever has left has no answer that was late or incomplete.
    guard let history, let timeline = context.record.timeline, !Task.isCancelled else { return }
    let took = Duration.between(context.received, .now())
    history.add(
      RequestEntry(
        at: Timestamp(milliseconds: Timestamp.now().milliseconds - Int64(took / .milliseconds(1))),
        route: context.endpointPath ?? "", status: status, took: took, sections: sections,
        parameters: ExplainParameter.names(in: QueryParameters(request.uri.query)), timeline: timeline))
  }

  /// Nil where nobody is told.
  private func lineAgain(_ request: Request, _ response: Response, _ context: GatewayContext) -> Replay.Line? {
    let line = accessLog.line(request, response, context)
    if line == nil, tracing.tracer == nil { return nil }
    return { [tracing, route = context.endpointPath] id, fields, took in
      let traceID = tracing.gaveAgain(request, response, route: route, fields, requestID: id, took: took)
      line?(id, traceID, took)
    }
  }
}
