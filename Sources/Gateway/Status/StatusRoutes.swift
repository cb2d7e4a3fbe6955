import HTTPTypes
import Hummingbird
import NIOCore

/// The status page of the admin listener: `/status` and its parts, `/status.json` (how it is now), `/status/events` (the same, once a
/// second, as server-sent events). Nothing can be changed here.
struct StatusRoutes: Sendable {
  let board: StatusBoard

  var routes: [RouteTable.Route] {
    PageRoutes.routes(WebPage.status) + [
      RouteTable.Route(path: "/status.json", for: .getStatus) { _, context in
        let json = await board.settledSnapshot(on: context.eventLoop).json
        return Response(
          status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
          body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
      },
      RouteTable.Route(page: "/status/events") { _, context in events(context) },
    ]
  }

  private func events(_ context: GatewayContext) -> Response {
    let loop = context.eventLoop
    return .events(
      EventStreamPlan { stream in
        stream.send(StatusViewers.event(board.snapshot(on: loop).json), isOwed: true)
        board.viewers.add(stream, on: loop)
      }, for: context)
  }
}
