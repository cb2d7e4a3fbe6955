import HTTPTypes
import Hummingbird
import NIOCore
import RateLimiting

/// Limits of requests where only addresses are counted: a request is counted, or refused, before anybody asks who sends it. In the place of
/// ``RateLimitMiddleware`` and ``RateLimitCounting``: what is refused further in is counted already.
struct AddressLimitMiddleware: RouterMiddleware {
  typealias Context = GatewayContext

  /// Those in force, on the loop that asks; nil: none.
  let limits: @Sendable (any EventLoop) -> RequestLimits?
  /// Never limited: those by which others see that the process lives.
  let probePaths: Set<String>

  func handle(
    _ request: Request, context: GatewayContext, next: @concurrent (Request, GatewayContext) async throws -> Response
  ) async throws -> Response {
    let path = request.uri.path
    // What the connection itself refuses, it has refused already; asking others would only cost.
    guard let limits = limits(context.eventLoop), context.refusal == nil, !probePaths.contains(path) else {
      return try await next(request, context)
    }
    let claims = limits.addressClaims(path, from: context.peer, request.headers)
    guard !claims.isEmpty else { return try await next(request, context) }
    // Without a hop, and so again when its answer is given again; where replicas share limits they have to be asked.
    let atOnce = limits.limiter.takeAtOnce(claims)
    let decision = if let atOnce { atOnce } else { await limits.limiter.take(claims, on: context.eventLoop) }
    guard decision.isAllowed else { return RateLimitMiddleware.refused(request, context, decision, limits) }
    var response = try await next(request, context)
    response.headers.add(decision)
    guard context.record.terms != nil else { return response }
    if atOnce != nil {
      context.record.count = { [fields = request.headers] peer in
        limits.limiter.takeAtOnce(limits.addressClaims(path, from: peer, fields))
      }
    } else {
      // Given again it would be counted by nobody.
      context.record.terms = nil
    }
    return response
  }
}
