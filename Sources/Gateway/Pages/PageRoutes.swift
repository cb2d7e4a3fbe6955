/// Pages as routes. They hold nothing of anybody: who asks for one need not say who he is.
enum PageRoutes {
  /// Of the public listener, whether they are switched on or not.
  static let paths = Set(WebPage.documentation.map(\.path)).union([DescriptionRoute.path])

  /// What is not among the assets has no route; a test holds that there is no such page.
  static func routes(_ pages: [WebPage]) -> [RouteTable.Route] {
    pages.compactMap { page in
      guard let asset = WebAsset(page.asset) else { return nil }
      let content = WebContent(asset, policy: page.policy)
      return RouteTable.Route(page: page.path) { request, _ in await content.response(to: request) }
    }
  }
}
