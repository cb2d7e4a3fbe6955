import HTTPTypes
import Hummingbird
import Identity

/// Finds out who sends a request, before any route, cache or upstream is asked. Inside the problems, so that a refusal is one; inside
/// CORS, so that a page may read it, and a preflight is answered before.
struct AuthenticationMiddleware: RouterMiddleware {
  typealias Context = GatewayContext

  let serving: CurrentServing

  func handle(
    _ request: Request, context: GatewayContext, next: @concurrent (Request, GatewayContext) async throws -> Response
  ) async throws -> Response {
    let current = serving.on(context.eventLoop).serving
    let access = current.access
    guard access.asks(request) else { return try await next(request, context) }
    var context = context
    do throws(AuthenticationFailure) {
      let principal = try await access.principal(of: request, context)
      context.caller = Caller(principal, current.tenure)
      if let principal { context.record.principal = principal.digest }
    } catch {
      context.record.refusal = error.word
      throw error == .keysUnavailable ? Problem.unverifiable : Problem.unauthorized(error, schemes: access.schemes)
    }
    return try await next(request, context)
  }
}
