extension WebPage {
  /// The parts of the demo's dashboard, which itself stands at `/` (``ProcessRoutes``).
  static let demo = parts(under: "/demo") + [WebPage(path: "/demo/demo.js", asset: "pages/demo.js")]

  /// `/status` of the admin listener.
  static let status =
    parts(under: "/status") + [
      WebPage(path: "/status", asset: "pages/status.html", policy: .strict),
      WebPage(path: "/status/status.js", asset: "pages/status.js"),
    ]

  private static func parts(under path: String) -> [WebPage] {
    ["page.css", "shared.js", "icon.svg"].map { WebPage(path: "\(path)/\($0)", asset: "pages/\($0)") }
  }
}
