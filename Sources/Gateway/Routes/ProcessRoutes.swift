import HTTPTypes
import Hummingbird
import NIOCore
import RawJSON

/// What tells others about this process: `/livez` (it lives), `/readyz` (send it requests), and `/`, which a balancer that knows the
/// original asks for the same. None depends on anything outside the process, and each is answered however busy it is.
struct ProcessRoutes: Sendable {
  static let paths: Set<String> = ["/", "/livez", "/readyz"]

  private let greeting: ByteBuffer
  private static let ok = ByteBuffer(string: #"{"status":"ok"}"#)

  init(version: String) {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("status")
      writer.string("ok")
      writer.key("service")
      writer.string("tributary")
      writer.key("version")
      writer.string(version)
      writer.key("message")
      writer.string("Dashboards: /api/dashboard/consolidated and /api/dashboard/summary")
    }
    greeting = ByteBuffer(bytes: writer.bytes)
  }

  /// - Parameter page: what a browser is shown at `/`; nil: the same as everybody.
  func routes(drain: EdgeDrain, page: WebContent? = nil) -> [RouteTable.Route] {
    [
      RouteTable.Route(path: "/", for: .getGreeting) { [greeting] request, _ in
        try Self.readiness(drain)
        guard let page else { return Self.answer(greeting) }
        var response = HTMLPreference.holds(for: request.headers) ? await page.response(to: request) : Self.answer(greeting)
        response.headers[.vary] = response.headers[.vary].map { "Accept, \($0)" } ?? "Accept"
        return response
      }
    ] + Self.probes(drain: drain)
  }

  /// `/livez` and `/readyz` alone.
  static func probes(drain: EdgeDrain) -> [RouteTable.Route] {
    [
      RouteTable.Route(path: "/livez", for: .getLiveness) { _, _ in answer(ok) },
      RouteTable.Route(path: "/readyz", for: .getReadiness) { _, _ in
        try readiness(drain)
        return answer(ok)
      },
    ]
  }

  private static func readiness(_ drain: EdgeDrain) throws(Problem) {
    if drain.isDraining { throw .draining }
  }

  private static func answer(_ body: ByteBuffer) -> Response {
    Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"], body: ResponseBody(byteBuffer: body))
  }
}
