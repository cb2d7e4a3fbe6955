/// A page, or a part of one, and where it is found.
struct WebPage: Sendable {
  let path: String
  /// The name of a ``WebAsset``.
  let asset: String
  /// Of what a browser shows; nil for its parts.
  var policy: PagePolicy?
}

extension WebPage {
  /// `/docs` (Swagger UI) and `/redoc` (ReDoc), which show `/openapi.json` of the same listener.
  static let documentation = [
    WebPage(path: "/docs", asset: "docs/docs.html", policy: .documentation),
    WebPage(path: "/redoc", asset: "docs/redoc.html", policy: .documentation),
    WebPage(path: "/assets/docs.js", asset: "docs/docs.js"),
    WebPage(path: "/assets/redoc.js", asset: "docs/redoc.js"),
    WebPage(path: "/assets/swagger-ui.css", asset: "vendor/swagger-ui/swagger-ui.css.gz"),
    WebPage(path: "/assets/swagger-ui-bundle.js", asset: "vendor/swagger-ui/swagger-ui-bundle.js.gz"),
    WebPage(path: "/assets/redoc.standalone.js", asset: "vendor/redoc/redoc.standalone.js.gz"),
  ]
}
