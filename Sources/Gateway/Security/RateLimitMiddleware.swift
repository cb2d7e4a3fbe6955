import HTTPTypes
import Hummingbird
import NIOCore
import RateLimiting

/// Limits of requests by address and by principal, around authentication: refuses before it whom that need not be asked about, and counts
/// what it has let nobody through for.
///
/// A request is counted once, with all policies that apply to it, when it is known who sent it: by ``RateLimitCounting``, behind
/// authentication. Here, before it, an address that is over its limit is refused for what is known already, so that a flood of bad
/// credentials costs neither their verification nor a look into Redis; and what authentication has refused is counted by its address, so
/// that a flood gets there. Outside of ``ProblemMiddleware``: every answer says how it stands, also a problem.
struct RateLimitMiddleware: RouterMiddleware {
  typealias Context = GatewayContext

  /// Those in force, on the loop that asks; nil: none.
  let limits: @Sendable (any EventLoop) -> RequestLimits?
  /// Never limited: those by which others see that the process lives.
  let probePaths: Set<String>

  func handle(
    _ request: Request, context: GatewayContext, next: @concurrent (Request, GatewayContext) async throws -> Response
  ) async throws -> Response {
    // What the connection itself refuses, it has refused already; asking others would only cost.
    guard let limits = limits(context.eventLoop), context.refusal == nil,
      !probePaths.contains(request.uri.path)
    else { return try await next(request, context) }
    var context = context
    context.addressClaims = limits.addressClaims(request.uri.path, from: context.peer, request.headers)
    if let refusal = limits.limiter.refusal(of: context.addressClaims) {
      return Self.refused(request, context, refusal, limits)
    }
    var response = try await next(request, context)
    if context.record.limits == nil, !context.addressClaims.isEmpty {
      let decision = await limits.limiter.take(context.addressClaims, on: context.eventLoop)
      guard decision.isAllowed else { return Self.refused(request, context, decision, limits) }
      context.record.limits = decision
    }
    if let decision = context.record.limits { response.headers.add(decision) }
    return response
  }

  /// The word in the access line.
  static let refusal = "rate_limited"

  static func refused(
    _ request: Request, _ context: GatewayContext, _ decision: RateLimitDecision, _ limits: RequestLimits
  ) -> Response {
    answer(request, context, decision, limits).response
  }

  /// Refuses a request, with the body of the answer at hand.
  static func answer(
    _ request: Request, _ context: GatewayContext, _ decision: RateLimitDecision, _ limits: RequestLimits
  ) -> (response: Response, body: ByteBuffer) {
    limits.refused(decision)
    context.record.refusal = Self.refusal
    var answer = Problem.tooManyRequests(decision).answer(instance: request.uri.path, requestID: context.requestID)
    answer.response.headers.add(decision)
    return answer
  }
}

/// Counts a request, behind authentication and before the route: what is refused touches no cache and no upstream.
///
/// Not where the policies by address end and others begin, but once for all: one round trip where replicas share limits, and a request
/// that one policy refuses is not held against its sender by another.
struct RateLimitCounting: RouterMiddleware {
  typealias Context = GatewayContext

  let limits: @Sendable (any EventLoop) -> RequestLimits?
  let probePaths: Set<String>

  func handle(
    _ request: Request, context: GatewayContext, next: @concurrent (Request, GatewayContext) async throws -> Response
  ) async throws -> Response {
    guard let limits = limits(context.eventLoop), !probePaths.contains(request.uri.path) else {
      return try await next(request, context)
    }
    let claims = context.addressClaims + limits.principalClaims(request.uri.path, context.principal)
    guard !claims.isEmpty else { return try await next(request, context) }
    // Without a hop, and so again when its answer is given again; where replicas share limits they have to be asked.
    let atOnce = limits.limiter.takeAtOnce(claims)
    let decision = if let atOnce { atOnce } else { await limits.limiter.take(claims, on: context.eventLoop) }
    context.record.limits = decision
    guard decision.isAllowed else {
      limits.refused(decision)
      context.record.refusal = RateLimitMiddleware.refusal
      throw Problem.tooManyRequests(decision)
    }
    let response = try await next(request, context)
    guard context.record.terms != nil else { return response }
    if atOnce != nil {
      context.record.count = { [path = request.uri.path, fields = request.headers, principal = context.principal] peer in
        limits.limiter.takeAtOnce(limits.addressClaims(path, from: peer, fields) + limits.principalClaims(path, principal))
      }
    } else {
      // Given again it would be counted by nobody.
      context.record.terms = nil
    }
    return response
  }
}

extension Problem {
  static func tooManyRequests(_ decision: RateLimitDecision) -> Problem {
    Problem(
      status: .tooManyRequests, detail: "More was asked for than is allowed. Retry-After says in how many seconds to try again.",
      headers: [.retryAfter: "\(decision.retryAfterSeconds)"])
  }
}

extension ByteBuffer {
  /// The same as lines of a head.
  mutating func writeFields(of decision: RateLimitDecision) {
    guard let field = decision.field else { return }
    writeString("\(HTTPField.Name.rateLimit.rawName): \(field)\r\n")
    writeString("\(HTTPField.Name.rateLimitPolicy.rawName): \(decision.policyField)\r\n")
  }
}

extension HTTPFields {
  /// How it stands with the limits (draft-ietf-httpapi-ratelimit-headers).
  mutating func add(_ decision: RateLimitDecision) {
    guard let field = decision.field else { return }
    // Nobody else says so: they need not be looked for.
    append(HTTPField(name: .rateLimit, value: field))
    append(HTTPField(name: .rateLimitPolicy, value: decision.policyField))
  }
}

extension HTTPField.Name {
  static let rateLimit = HTTPField.Name("RateLimit")!
  static let rateLimitPolicy = HTTPField.Name("RateLimit-Policy")!
}
