import HTTPTypes
import Hummingbird
import Identity

@testable import Gateway

/// Believes whoever says who they are in `X-Test-Principal`: `token:somebody` or `key:something`. Anything else there is refused.
struct ScriptedAuthentication: RouterMiddleware {
  typealias Context = GatewayContext

  func handle(
    _ request: Request, context: GatewayContext, next: @concurrent (Request, GatewayContext) async throws -> Response
  ) async throws -> Response {
    guard let text = request.headers[.testPrincipal] else { return try await next(request, context) }
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2, let proof = ["token": Principal.Proof.token, "key": .apiKey][parts[0]] else {
      throw Problem(status: .unauthorized, detail: "That is nobody.")
    }
    var context = context
    context.caller = Caller(
      Principal(proof: proof, subject: parts[1], role: .user, digest: CredentialDigest(of: text.utf8)), nil)
    return try await next(request, context)
  }
}

extension HTTPField.Name {
  fileprivate static let testPrincipal = HTTPField.Name("X-Test-Principal")!
}
