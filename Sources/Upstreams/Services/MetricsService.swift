import NIOCore
import RawJSON
import NIOHTTP1

/// microservice3: FastAPI over MongoDB. Asks nobody who they are; a bad body is a 422.
func metricsService(_ data: Dataset) -> Service {
  let framework = Framework.fastAPI
  let everything = framework.json(data.metrics, shape: .object)
  let up = framework.json(ByteBuffer(string: #"{"status":"up"}"#), shape: .object)
  return Service(
    name: .metrics, framework: framework,
    routes: [
      Route(.POST, "/dbquery/user", shape: .object) { request, _ in
        switch MetricsQuery(request, idKey: "userId") {
        case .all(let filter) where filter.isEmpty: everything
        case .all(let filter): framework.json(data.metrics(where: filter), shape: .object)
        case .of(let id, let filter): framework.json(data.metrics(ofUser: id, where: filter), shape: .object)
        case .invalid(let answer): answer
        }
      },
      Route(.POST, "/dbquery/admin", shape: .object) { request, _ in
        switch MetricsQuery(request, idKey: "adminId") {
        case .all(let filter) where filter.isEmpty: everything
        case .all(let filter): framework.json(data.metrics(where: filter), shape: .object)
        case .of(let id, let filter): framework.json(data.metrics(ofAdmin: id, where: filter), shape: .object)
        case .invalid(let answer): answer
        }
      },
      Route(.GET, "/", purpose: .health, shape: .object) { _, _ in up },
    ])
}

/// What the body of a metrics query asks for. Filters that ``PostFilter`` does not know are accepted and not applied.
enum MetricsQuery {
  case all(PostFilter)
  case of(Int, PostFilter)
  /// FastAPI's 422, with its `detail` list.
  case invalid(Answer)

  init(_ request: Request, idKey: String) {
    guard request.body.readableBytes > 0 else {
      self = .rejected("missing", ["body"], "Field required")
      return
    }
    if let type = request.headers.first(name: "content-type"), !type.lowercased().contains("json") {
      self = .rejected("model_attributes_type", ["body"], "Input should be a valid dictionary or object to extract fields from")
      return
    }
    guard let members = FlatJSON.object(request.body.readableBytesView) else {
      self = .rejected("json_invalid", ["body", "0"], "JSON decode error")
      return
    }
    let filter = PostFilter(members)
    switch members[idKey] {
    case nil, .null: self = .all(filter)
    case .integer(let id): self = .of(id, filter)
    case .text(let text) where Int(text) != nil: self = Int(text).map { .of($0, filter) } ?? .all(filter)
    default: self = .rejected("int_parsing", ["body", idKey], "Input should be a valid integer")
    }
  }

  private static func rejected(_ type: String, _ location: [String], _ message: String) -> MetricsQuery {
    let body = JSONWriter.text { json in
      json.object { json in
        json.key("detail")
        json.array { Framework.writeValidationError(type: type, location: location, message: message, to: &$0) }
      }
    }
    return .invalid(Framework.fastAPI.json(body, shape: .object, status: 422))
  }
}
