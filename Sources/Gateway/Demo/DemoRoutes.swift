import HTTPTypes
import Hummingbird
import NIOCore
import RawJSON

/// What the demo's dashboard is made of, and its switches. Nowhere but in `tributary demo`.
///
/// `GET /demo/faults` says how each service is broken, `PUT /demo/faults/NAME` breaks or heals one (the body names the fault, such as `hang`
/// or `slow:1s`), `POST /demo/purge` empties the cache.
struct DemoRoutes: Sendable {
  private let control: DemoControl
  private let serving: CurrentServing

  init(_ control: DemoControl, serving: CurrentServing) {
    self.control = control
    self.serving = serving
  }

  /// The dashboard itself.
  static var page: WebContent? { WebAsset("pages/demo.html").map { WebContent($0, policy: .strict) } }

  var routes: [RouteTable.Route] {
    PageRoutes.routes(WebPage.demo) + control.services.map(faultRoute) + [
      RouteTable.Route(page: "/demo/faults") { _, _ in faults() },
      RouteTable.Route(page: "/demo/purge", methods: [.post, .options]) { request, context in
        try checkOrigin(request)
        _ = await serving.on(context.eventLoop).serving.cache?.purge(tags: [PurgeRequest.everything], isHard: true)
        return Response(status: .noContent)
      },
    ]
  }

  private func faultRoute(_ service: DemoControl.Service) -> RouteTable.Route {
    RouteTable.Route(page: "/demo/faults/\(service.name)", methods: [.put, .options]) { request, _ in
      try checkOrigin(request)
      let body = try await request.body.collect(upTo: .max)
      do {
        try await service.setFault(String(buffer: body))
      } catch let refusal as DemoControl.Refusal {
        throw Problem.badRequest(refusal.sentence)
      }
      return Response(status: .noContent)
    }
  }

  private func faults() -> Response {
    var writer = JSONWriter()
    writer.object { writer in
      for service in control.services {
        writer.key(named: service.name)
        writer.string(service.fault())
      }
    }
    return Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes)))
  }

  /// A page of another origin that a browser has open breaks nothing (the Fetch standard sends `Origin` with whatever writes).
  private func checkOrigin(_ request: Request) throws(Problem) {
    guard let origin = request.headers[.origin] else { return }
    let authority = request.head.authority ?? ""
    guard ["http://\(authority)", "https://\(authority)"].contains(origin) else { throw .foreignPage }
    // A name may be one that a stranger has pointed here.
    guard AdminGuard(host: "localhost").isOurs(authority) else { throw .foreignName }
  }
}
