import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Turns whatever a route or the router throws into problem+json. Inside CORS, so that a page may read a problem too.
struct ProblemMiddleware: RouterMiddleware {
  typealias Context = GatewayContext

  /// A request body may be this long (bytes); no route of ours needs one.
  static let maxRequestBody = 64 * 1024

  let routes: RouteTable

  func handle(
    _ request: Request, context: GatewayContext, next: @concurrent (Request, GatewayContext) async throws -> Response
  ) async throws -> Response {
    do {
      try await checkBodyLength(request)
      return try await next(request, context)
    } catch {
      return problem(for: error, request, context).response(instance: request.uri.path, requestID: context.requestID)
    }
  }

  /// By the announced length; a body in chunks announces none, and is read to be measured.
  private func checkBodyLength(_ request: Request) async throws {
    if let length = request.headers[.contentLength] {
      guard let bytes = Int(length), bytes <= Self.maxRequestBody else { throw Problem.contentTooLarge }
    } else if request.headers[.transferEncoding] != nil {
      do { _ = try await request.body.collect(upTo: Self.maxRequestBody) } catch is NIOTooManyBytesError {
        throw Problem.contentTooLarge
      }
    }
  }

  private func problem(for error: any Error, _ request: Request, _ context: GatewayContext) -> Problem {
    if let problem = error as? Problem { return problem }
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
