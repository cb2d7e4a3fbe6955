import Hummingbird
import NIOCore
import RawJSON

/// `GET /`: the process is alive. Depends on nothing.
struct RootRoute: Sendable {
  private let answer: ByteBuffer

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
    answer = ByteBuffer(bytes: writer.bytes)
  }

  var route: RouteTable.Route {
    RouteTable.Route(path: "/") { [answer] _, _ in
      Response(
        status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
        body: ResponseBody(byteBuffer: answer))
    }
  }
}
