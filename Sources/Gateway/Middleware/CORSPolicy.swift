import HTTPTypes
import Hummingbird

/// Cross-origin reading (the Fetch standard's CORS protocol): an allow-list of exact origins, or `*`.
///
/// Credentials in the sense of that protocol are what a browser adds by itself: cookies, client certificates. A page that sets
/// `Authorization` does not need them. They are never allowed together with `*`.
struct CORSPolicy: Sendable {
  let allowedOrigins: [String]
  var allowsCredentials = false

  /// The fields that let `origin` read the answer; empty for an origin that is not on the list.
  func fields(for origin: String) -> HTTPFields {
    if allowedOrigins.contains("*") {
      return [.accessControlAllowOrigin: "*", .accessControlExposeHeaders: Self.exposed]
    }
    guard allowedOrigins.contains(origin) else { return [.vary: "Origin"] }
    var fields: HTTPFields = [
      .accessControlAllowOrigin: origin, .vary: "Origin", .accessControlExposeHeaders: Self.exposed,
    ]
    if allowsCredentials { fields[.accessControlAllowCredentials] = "true" }
    return fields
  }

  /// The answer to anything but a preflight, marked for those who may read it.
  func marked(_ response: Response, for request: Request) -> Response {
    var response = response
    if let origin = request.headers[.origin] {
      response.headers.add(fields(for: origin))
    } else if !allowedOrigins.contains("*") {
      // Also for others: an answer that a cache keeps would otherwise serve a page that may not read it.
      response.headers.add([.vary: "Origin"])
    }
    return response
  }

  /// What a preflight is told: nothing that would be of use to a page of another origin.
  func preflightFields(for origin: String) -> HTTPFields {
    var fields = fields(for: origin)
    if fields[.accessControlAllowOrigin] != nil { fields.append(contentsOf: Self.preflight) }
    return fields
  }

  private static let preflight: HTTPFields = [
    .accessControlAllowMethods: "GET, HEAD, OPTIONS",
    .accessControlAllowHeaders:
      "Authorization, If-None-Match, Last-Event-ID, Prefer, Traceparent, Tracestate, X-API-Key, X-Request-Id, X-User-Id, X-User-Role",
    .accessControlMaxAge: "86400",
  ]

  private static let exposed =
    "Age, Cache-Status, ETag, Link, Preference-Applied, Proxy-Status, RateLimit, RateLimit-Policy, Retry-After, Server-Timing, WWW-Authenticate, X-Request-Id"
}

/// Answers preflights and marks answers for the origins that may read them.
struct CORSMiddleware: RouterMiddleware {
  typealias Context = GatewayContext

  let serving: CurrentServing

  func handle(
    _ request: Request, context: GatewayContext, next: @concurrent (Request, GatewayContext) async throws -> Response
  ) async throws -> Response {
    let policy = serving.on(context.eventLoop).serving.cors
    if request.method == .options, let origin = request.headers[.origin], request.headers[.accessControlRequestMethod] != nil {
      return Response(status: .noContent, headers: policy.preflightFields(for: origin))
    }
    return policy.marked(try await next(request, context), for: request)
  }
}

extension HTTPFields {
  /// Adds fields; what an answer varies by stays one field, for those who look at the first alone.
  fileprivate mutating func add(_ others: HTTPFields) {
    for field in others {
      if field.name == .vary, let known = self[.vary] {
        self[.vary] = "\(known), \(field.value)"
      } else {
        append(field)
      }
    }
  }
}
