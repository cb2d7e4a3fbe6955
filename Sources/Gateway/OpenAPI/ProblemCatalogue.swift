import HTTPTypes
import Identity

extension Problem {
  /// Every problem that any listener may answer with, for the API description: a test holds that none is forgotten. Where the sentence
  /// depends on the request there is an example of it.
  static let catalogue: [Problem] = [
    .malformed,
    .badRequest("user_id must be a positive 64-bit integer in decimal digits, from 1 to 9223372036854775807."),
    .unauthorized(.missing, schemes: [.bearer, .apiKey]), .adminUnauthorized,
    .forbidden, .foreignPage, .foreignName,
    .notFound, .methodNotAllowed(allow: RouteTable.Route.reading),
    .headTimedOut, .bodyTimedOut,
    .changed(first: "</api/dashboard/consolidated?limit=50>; rel=\"first\""), .notExplained,
    .cacheOff, .contentTooLarge(limit: 65536), .requestLineTooLong, .notJSON, .expectationFailed,
    // The seconds differ.
    Problem(
      status: .tooManyRequests, detail: "More was asked for than is allowed. Retry-After says in how many seconds to try again.",
      headers: [.retryAfter: "3"]),
    .headersTooLarge, .internalError, .notImplemented,
    .overloaded, .draining, .tooManyConnections, .tooManyStreams, .unverifiable,
    .versionNotSupported,
  ]

  /// Of the catalogue, by status.
  static func known(_ status: HTTPResponse.Status) -> [Problem] { catalogue.filter { $0.status == status } }

  /// The statuses of the catalogue, the least first.
  static let knownStatuses = Set(catalogue.map(\.status)).sorted { $0.code < $1.code }
}
