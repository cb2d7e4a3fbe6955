import HTTPTypes

/// A header field of answers, as the description names it. What is not always there says when it is.
struct HeaderDescription: Sendable {
  let name: String
  let description: String
  var schema = Schema.string()
  /// An example as it stands in the field.
  let example: String
  /// Whether no such answer is without it.
  var isAlways = false
}

extension HeaderDescription {
  static let all = [
    requestID, eTag, cacheControl, age, vary, serverTiming, cacheStatus, proxyStatus, preferenceApplied, retryAfter, authenticate,
    rateLimit, rateLimitPolicy, allow, link,
  ]

  static let link = HeaderDescription(
    name: "Link", description: "Of pages: `rel=\"next\"`, if there is one, and `rel=\"first\"` (RFC 8288).",
    example: "</api/dashboard/consolidated?section=metrics.items&limit=50>; rel=\"first\"")
  static let requestID = HeaderDescription(
    name: "X-Request-Id",
    description:
      "Under which the gateway's log has this request: the one that was sent, if it was fit for a log, else a new one.",
    example: "c9926b716ca2e27d04bcec2bc0aa42af", isAlways: true)
  static let eTag = HeaderDescription(
    name: "ETag",
    description:
      "Names exactly these bytes. Send it as `If-None-Match` and get 304 while nothing has changed. A partial answer has none.",
    example: "\"87aL6yukPPhDxjaaJO3XNQ\"")
  static let cacheControl = HeaderDescription(
    name: "Cache-Control",
    description:
      "`private, max-age=N` while all sections are fresh for N more seconds. `no-store` for a partial answer and for every problem.",
    example: "private, max-age=27")
  static let age = HeaderDescription(
    name: "Age", description: "Seconds since the oldest section was fetched.", schema: .integer().from(0), example: "3")
  static let vary = HeaderDescription(
    name: "Vary", description: "The request's fields that the answer depends on.", example: "accept-encoding")
  static let serverTiming = HeaderDescription(
    name: "Server-Timing", description: "An entry for each service: milliseconds, and the word of `services_status`.",
    example: "users;dur=1.40;desc=\"ok\", metrics;dur=0.81;desc=\"ok\"")
  static let cacheStatus = HeaderDescription(
    name: "Cache-Status", description: "A member for each section: what the cache had to do with it (RFC 9211).",
    example: "tributary/users;hit;ttl=27;detail=memory")
  static let proxyStatus = HeaderDescription(
    name: "Proxy-Status", description: "A member for each service that failed (RFC 9209); absent where none did.",
    example: "tributary;next-hop=\"metrics\";error=connection_timeout;details=\"timeout\"")
  static let preferenceApplied = HeaderDescription(
    name: "Preference-Applied", description: "What of `Prefer` was understood (RFC 7240).", example: "wait=2")
  static let retryAfter = HeaderDescription(
    name: "Retry-After", description: "Seconds after which to try again.", schema: .integer().from(0), example: "5")
  static let authenticate = HeaderDescription(
    name: "WWW-Authenticate", description: "How to say who asks (RFC 9110 §11.6.1).", example: "Bearer realm=\"tributary\"")
  static let rateLimit = HeaderDescription(
    name: "RateLimit", description: "How much is left, where requests are limited (draft-ietf-httpapi-ratelimit-headers).",
    example: "\"default\";r=59;t=1")
  static let rateLimitPolicy = HeaderDescription(
    name: "RateLimit-Policy", description: "The limits that apply, where requests are limited.", example: "\"default\";q=60;w=60")
  static let allow = HeaderDescription(
    name: "Allow", description: "The methods that the path answers.", example: "GET, HEAD, OPTIONS")

  /// Of a document, whole or partial.
  static let ofDocuments = [
    eTag, cacheControl, age, vary, serverTiming, cacheStatus, proxyStatus, preferenceApplied, rateLimit, rateLimitPolicy,
  ]

  /// Of a problem of that status.
  static func ofProblem(_ status: HTTPResponse.Status) -> [HeaderDescription] {
    switch status {
    case .unauthorized: [authenticate]
    case .gone: [link]
    case .methodNotAllowed: [allow]
    case .tooManyRequests: [retryAfter, rateLimit, rateLimitPolicy]
    case .serviceUnavailable: [retryAfter]
    case .gatewayTimeout: [retryAfter, serverTiming, proxyStatus]
    default: []
    }
  }
}
