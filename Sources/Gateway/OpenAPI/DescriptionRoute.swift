import Hummingbird
import NIOCore
import Synchronization

/// `GET /openapi.json`: the description of the routes beside it, and of itself. Made once for each way in which callers are asked who they
/// are: that changes when the configuration is read again.
final class DescriptionRoute: Sendable {
  static let path = "/openapi.json"

  private let title: String
  private let version: String
  private let introduction: String
  private let made = Mutex<[APISecurity: MadeOnce<WebContent>]>([:])

  init(title: String, version: String, introduction: String) {
    self.title = title
    self.version = version
    self.introduction = introduction
  }

  /// - Parameters:
  ///   - others: what is described besides this one.
  ///   - security: as it is now, on the loop of a request.
  func route(
    describing others: [RouteTable.Route], security: @escaping @Sendable (any EventLoop) -> APISecurity
  ) -> RouteTable.Route {
    RouteTable.Route(path: Self.path, for: .getDescription) { request, context in
      await self.content(others, security(context.eventLoop)).value.response(to: request)
    }
  }

  private func content(_ others: [RouteTable.Route], _ security: APISecurity) -> MadeOnce<WebContent> {
    made.withLock { made in
      if let known = made[security] { return known }
      let own = RouteTable.Route(path: Self.path, for: .getDescription) { _, _ in throw Problem.internalError }
      let content = MadeOnce { [title, version, introduction] in
        let description = APIDescription(
          title: title, version: version, introduction: introduction, routes: others + [own], security: security)
        return WebContent(ByteBuffer(bytes: description.bytes), contentType: "application/json")
      }
      made[security] = content
      return content
    }
  }
}
