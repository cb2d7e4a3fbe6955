import HTTPTypes

/// What a route is to those who call it: an operation of the API description (OpenAPI 3.1 §4.8.10).
///
/// All that a new one takes: a static member in a file of its own (`Operations/`), and its name at the route
/// (`RouteTable.Route(path:for:)`). Its schemas go to `Schemas/`, a problem that is new to ``Problem/catalogue``.
struct Operation: Sendable {
  /// Unique; the name of the method in clients, such as `getSummary`.
  let id: String
  let group: Group
  /// A line.
  let summary: String
  /// Markdown.
  var description = ""
  var parameters: [Parameter] = []
  var body: Body?
  /// What it answers when it does what was asked.
  let answers: [Answer]
  /// What it answers instead, besides what every request may be (``APIDescription/always``).
  var problems: [HTTPResponse.Status] = []

  /// All that stand in it.
  var schemas: [Schema] {
    parameters.map(\.schema) + [body?.schema].compactMap(\.self) + answers.compactMap(\.content?.schema)
  }

  /// Under which heading it stands.
  enum Group: String, Sendable, CaseIterable {
    case dashboards = "Dashboards"
    case health = "Health"
    case api = "This description"
    case cache = "Cache"
    case operations = "Operations"

    var description: String {
      switch self {
      case .dashboards: "The documents that a page is made from."
      case .health: "Of the services behind the gateway, and of the gateway itself."
      case .api: "What you are reading."
      case .cache: "For operators: what the gateway keeps."
      case .operations: "For operators: what the gateway does."
      }
    }
  }

  struct Parameter: Sendable {
    enum Place: String, Sendable { case query, header }

    let name: String
    var place = Place.query
    /// Markdown.
    let description: String
    let schema: Schema
    /// JSON.
    var example: String?
  }

  /// What a request carries.
  struct Body: Sendable {
    var contentType = "application/json"
    let schema: Schema
    /// JSON.
    let example: String
  }

  struct Answer: Sendable {
    let status: HTTPResponse.Status
    /// Markdown.
    let description: String
    /// Besides what every answer has.
    var headers: [HeaderDescription] = []
    /// Nil: no body.
    var content: Content?
  }

  struct Content: Sendable {
    var type = "application/json"
    let schema: Schema
    /// The name of an asset under `examples`, without `.json`.
    var example: String?
  }
}
