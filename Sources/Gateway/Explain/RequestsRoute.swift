import HTTPTypes
import Hummingbird
import NIOCore
import RawJSON

/// `GET /admin/requests?kind=last|slowest|degraded`: requests that were not answered from memory, with what happened to them.
struct RequestsRoute: Sendable {
  static let path = "/admin/requests"

  let history: RequestHistory

  var route: RouteTable.Route {
    RouteTable.Route(path: Self.path, for: .getRequests) { request, _ in
      let kind = try Self.kind(QueryParameters(request.uri.query))
      return Response(
        status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: json(kind))))
    }
  }

  private func json(_ kind: RequestHistory.Kind) -> [UInt8] {
    var writer = JSONWriter(capacity: 65_536)
    writer.object { writer in
      writer.key("kind")
      writer.string(kind.rawValue)
      writer.key("requests")
      writer.array { writer in for entry in history.entries(kind) { entry.write(to: &writer, isListed: true) } }
    }
    return writer.bytes
  }

  /// The last, where nothing is said.
  private static func kind(_ query: QueryParameters) throws(Problem) -> RequestHistory.Kind {
    try query.value("kind") { text throws(Problem) in
      guard let kind = RequestHistory.Kind(rawValue: String(decoding: text, as: UTF8.self)) else {
        throw .badRequest("kind must be last, slowest or degraded.")
      }
      return kind
    } ?? .last
  }
}
