import HTTPTypes
import Hummingbird

/// The routes of the gateway, as data: the router, `Allow` and the API description are made from it.
///
/// A path is that path and no other: the router would take one with slashes doubled or at its end for the same, but those who look at paths
/// beside it (admission, the cap on connections, `Allow`) would not.
struct RouteTable: Sendable {
  struct Route: Sendable {
    let path: String
    let methods: [HTTPRequest.Method]
    /// What it is to those who call it; nil for a page and its parts, which are for browsers.
    let operation: Operation?
    let answer: Answer

    typealias Answer = @Sendable (Request, GatewayContext) async throws -> Response

    /// - Parameter methods: by default it reads.
    init(path: String, methods: [HTTPRequest.Method] = reading, for operation: Operation, answer: @escaping Answer) {
      self.path = path
      self.methods = methods
      self.operation = operation
      self.answer = answer
    }

    /// A page, or a part of one.
    init(page path: String, methods: [HTTPRequest.Method] = reading, answer: @escaping Answer) {
      self.path = path
      self.methods = methods
      operation = nil
      self.answer = answer
    }

    static let reading: [HTTPRequest.Method] = [.get, .head, .options]

    /// - Throws: not found, where the router has been too kind.
    fileprivate func check(_ request: Request, _ context: GatewayContext) throws {
      guard request.uri.path != path else { return }
      context.coreContext.endpointPath.value = nil
      throw HTTPError(.notFound)
    }
  }

  let routes: [Route]

  /// What `OPTIONS *` is answered with, which asks about the server as a whole (RFC 9110 §9.3.7).
  static let options = Response(status: .noContent, headers: [.allow: Route.reading.map(\.rawValue).joined(separator: ", ")])

  /// The methods that `path` answers, or nil if there is no such path.
  func methods(at path: String) -> [HTTPRequest.Method]? {
    routes.first { $0.path == path }?.methods
  }

  /// A route that reads answers GET and HEAD (whose body the edge leaves out); each answers OPTIONS.
  func register(on router: Router<GatewayContext>) {
    for route in routes {
      let path = RouterPath(route.path)
      for method in route.methods where method != .options {
        router.on(path, method: method) { request, context in
          try route.check(request, context)
          return try await route.answer(request, context)
        }
      }
      let allowed = route.methods.map(\.rawValue).joined(separator: ", ")
      router.on(path, method: .options) { request, context in
        try route.check(request, context)
        return Response(status: .noContent, headers: [.allow: allowed])
      }
    }
  }
}

extension Request {
  /// Whether it asks for the options of the server as a whole. No route can be at its target.
  var isForServerOptions: Bool { method == .options && head.path == "*" }
}
