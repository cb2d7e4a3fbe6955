import Hummingbird
import NIOCore

/// A page of metrics: its bytes, and what type they are of.
package struct MetricsPage: Sendable {
  let contentType: String
  let bytes: @Sendable () async -> [UInt8]

  package init(contentType: String, bytes: @escaping @Sendable () async -> [UInt8]) {
    self.contentType = contentType
    self.bytes = bytes
  }

  /// `GET /metrics`.
  var route: RouteTable.Route {
    RouteTable.Route(path: "/metrics", for: .getMetrics) { _, _ in
      let bytes = await bytes()
      return Response(
        status: .ok, headers: [.contentType: contentType, .cacheControl: "no-store"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
  }
}
