import HTTPTypes
import Hummingbird
import NIOCore
import Settings

/// Keeps pages that a browser has open away from the admin listener, which that browser's machine may reach though nobody else can: no
/// request of a page of another origin (it has `Origin`), and none that came by a name which a stranger may have pointed here (DNS
/// rebinding).
struct AdminGuard: RouterMiddleware {
  typealias Context = GatewayContext

  /// `admin.host`.
  let host: String

  func handle(
    _ request: Request, context: GatewayContext, next: @concurrent (Request, GatewayContext) async throws -> Response
  ) async throws -> Response {
    guard request.headers[.origin] == nil else { throw Problem.foreignPage }
    // Only an old client has none, and that is no browser.
    if let authority = request.head.authority, !isOurs(authority) { throw Problem.foreignName }
    return try await next(request, context)
  }

  /// Whether it is an address, which nobody can rebind, or a name that is ours.
  func isOurs(_ authority: String) -> Bool {
    guard let url = BaseURL("http://\(authority)"), url.pathPrefix.isEmpty else { return false }
    return url.host == "localhost" || url.host == host.lowercased() || Self.isAddress(url.host)
  }

  private static func isAddress(_ text: String) -> Bool {
    do { _ = try SocketAddress(ipAddress: text, port: 0) } catch { return false }
    return true
  }
}

extension Problem {
  static let foreignPage = Problem(
    status: .forbidden, detail: "Pages may not ask here: the request has an Origin field.")
  static let foreignName = Problem(
    status: .forbidden, detail: "The Host field must be an address, localhost or the name that admin.host has.")
}
