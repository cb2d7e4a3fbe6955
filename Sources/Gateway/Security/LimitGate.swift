import HTTPTypes
import Hummingbird
import NIOCore
import RateLimiting

/// Refuses on the connection itself, before there is a task or any layer, those of whom it is known that they are over a limit: a flood
/// costs the others what it costs to be refused.
///
/// Decides as ``RateLimitMiddleware`` does before authentication, and answers what that answers, through the same code: the edge, CORS,
/// the problem. What it does not know for sure takes the long way: other methods than GET and HEAD, paths that are not exactly those of a
/// route, whatever the connection itself has found at fault.
final class LimitGate: Sendable {
  private let paths: Set<String>
  private let limits: @Sendable (any EventLoop) -> RequestLimits?
  private let cors: @Sendable (any EventLoop) -> CORSPolicy?
  private let edge: EdgeMiddleware

  struct Refusal {
    fileprivate let decision: RateLimitDecision
    fileprivate let limits: RequestLimits
  }

  /// - Parameters:
  ///   - paths: of the routes that are limited and answer GET and HEAD.
  ///   - limits: those in force, on the loop that asks; nil: none.
  ///   - cors: nil where no page is told anything.
  init(
    paths: Set<String>, limits: @escaping @Sendable (any EventLoop) -> RequestLimits?,
    cors: @escaping @Sendable (any EventLoop) -> CORSPolicy?, edge: EdgeMiddleware
  ) {
    self.paths = paths
    self.limits = limits
    self.cors = cors
    self.edge = edge
  }

  /// Nil where the request may pass, or has to go the long way to find out. Counts nothing.
  func refusal(of incoming: IncomingRequest, from peer: IPAddress?, on eventLoop: any EventLoop) -> Refusal? {
    guard let limits = limits(eventLoop), incoming.refusal == nil else { return nil }
    let request = incoming.request
    let claims = limits.addressClaims(incoming.path, from: peer, request.headerFields)
    guard let decision = limits.limiter.refusal(of: claims), request.method == .get || request.method == .head,
      paths.contains(String(incoming.path))
    else { return nil }
    return Refusal(decision: decision, limits: limits)
  }

  /// The answer; it is counted and written down as any other.
  func answer(_ refusal: Refusal, to request: Request, _ context: GatewayContext) -> (response: Response, body: ByteBuffer) {
    var context = context
    context.coreContext.endpointPath.value = request.uri.path
    let trace = edge.began(request, &context)
    let (refused, body) = RateLimitMiddleware.answer(request, context, refusal.decision, refusal.limits)
    let marked = cors(context.eventLoop)?.marked(refused, for: request) ?? refused
    return (edge.answered(request, marked, context, trace), body)
  }
}
