import HTTPTypes
import Hummingbird

/// The routes of the gateway, as data: the router, `Allow` and later the API description are made from it.
struct RouteTable: Sendable {
  struct Route: Sendable {
    let path: String
    let answer: @Sendable (Request, GatewayContext) async throws -> Response
  }

  let routes: [Route]

  /// The methods that `path` answers, or nil if there is no such path.
  func methods(at path: String) -> [HTTPRequest.Method]? {
    routes.contains { $0.path == path } ? [.get, .head, .options] : nil
  }

  /// Every route reads: each answers GET and HEAD (whose body the edge leaves out), and OPTIONS.
  func register(on router: Router<GatewayContext>) {
    for route in routes {
      let path = RouterPath(route.path)
      router.on(path, method: .get) { request, context in try await route.answer(request, context) }
      router.on(path, method: .head) { request, context in try await route.answer(request, context) }
      router.on(path, method: .options) { _, _ in
        Response(status: .noContent, headers: [.allow: "GET, HEAD, OPTIONS"])
      }
    }
  }
}
