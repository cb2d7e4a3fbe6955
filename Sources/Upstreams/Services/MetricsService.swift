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
        case .all: everything
        case .of(let id): framework.json(data.metrics(ofUser: id), shape: .object)
        case .invalid(let answer): answer
        }
      },
      Route(.POST, "/dbquery/admin", shape: .object) { request, _ in
        switch MetricsQuery(request, idKey: "adminId") {
        case .all: everything
        case .of(let id): framework.json(data.metrics(ofAdmin: id), shape: .object)
        case .invalid(let answer): answer
        }
      },
      Route(.GET, "/", purpose: .health, shape: .object) { _, _ in up },
    ])
}

/// What the body of a metrics query asks for. Filters other than the id are accepted and not applied.
enum MetricsQuery {
  case all
  case of(Int)
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
    switch members[idKey] {
    case nil, .null: self = .all
    case .integer(let id): self = .of(id)
    case .text(let text) where Int(text) != nil: self = Int(text).map { .of($0) } ?? .all
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
