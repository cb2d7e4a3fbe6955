import Crypto
import HTTPTypes
import Hummingbird
import Settings

/// Lets in who brings the token of the admin listener (`Authorization: Bearer`, RFC 6750 §2.1). Probes need none, nor does the status page:
/// it holds nothing, and asks for the token with which it asks for what it shows.
struct AdminAuthentication: RouterMiddleware {
  typealias Context = GatewayContext

  /// Of the token: digests have one length, and comparing them takes as long wherever they differ.
  private let expected: SHA256.Digest

  init(_ token: Secret) { expected = SHA256.hash(data: Array(token.reveal().utf8)) }

  func handle(
    _ request: Request, context: GatewayContext, next: @concurrent (Request, GatewayContext) async throws -> Response
  ) async throws -> Response {
    if Self.openPaths.contains(request.uri.path) || isLetIn(request.headers) { return try await next(request, context) }
    context.record.refusal = request.headers[.authorization] == nil ? "missing" : "invalid: not the token"
    throw Problem.adminUnauthorized
  }

  private static let openPaths = AdminEdge.probePaths.union(WebPage.status.map(\.path))

  private func isLetIn(_ headers: HTTPFields) -> Bool {
    var values = headers[fields: .authorization].makeIterator()
    // Two are none: which one counts must not depend on who reads.
    guard let value = values.next()?.value, values.next() == nil, value.prefix(7).lowercased() == "bearer " else { return false }
    return SHA256.hash(data: Array(value.utf8.dropFirst(7))) == expected
  }
}

extension Problem {
  static let adminUnauthorized = Problem(
    status: .unauthorized, detail: "This needs the token that admin.token has.",
    headers: [.wwwAuthenticate: "Bearer realm=\"tributary admin\""])
}
