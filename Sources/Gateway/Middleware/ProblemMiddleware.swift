import HTTPTypes
import Hummingbird
import Logging

/// Turns whatever a route or the router throws, and whatever the connection has refused, into problem+json. Inside CORS, so that a
/// page may read a problem too. Also answers what is asked of no route, but of the server.
struct ProblemMiddleware: RouterMiddleware {
  typealias Context = GatewayContext

  let routes: RouteTable

  func handle(
    _ request: Request, context: GatewayContext, next: @concurrent (Request, GatewayContext) async throws -> Response
  ) async throws -> Response {
    do {
      if let refusal = context.refusal { throw refusal.problem }
      if request.isForServerOptions {
        context.coreContext.endpointPath.value = "*"
        return RouteTable.options
      }
      return try await next(request, context)
    } catch {
      let instance = context.refusal?.isTargetKnown == false ? nil : request.uri.path
      return problem(for: error, request, context).response(instance: instance, requestID: context.requestID)
    }
  }

  private func problem(for error: any Error, _ request: Request, _ context: GatewayContext) -> Problem {
    if let problem = error as? Problem { return problem }
    // The client has left: nobody reads this.
    if error is CancellationError { return .internalError }
    guard let httpError = error as? any HTTPResponseError else {
      context.logger.error(
        "Request failed",
        metadata: ["request.id": "\(context.requestID)", "error.type": "\(type(of: error))", "error": "\(error)"])
      return .internalError
    }
    if httpError.status == .notFound {
      return routes.methods(at: request.uri.path).map { .methodNotAllowed(allow: $0) } ?? .notFound
    }
    return Problem(status: httpError.status, detail: httpError.status.reasonPhrase)
  }
}
