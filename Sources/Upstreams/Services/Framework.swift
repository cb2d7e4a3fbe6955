import NIOCore
import RawJSON
import NIOHTTP1

/// The framework that a service is made with, as far as clients notice: what its errors look like.
enum Framework: Sendable {
  /// Spring Boot with an error handler of its own: `{"error","message"}`; 401 and 403 are empty.
  case springWithHandler
  /// Express: `{"message"}` for 401 and 403, otherwise `{"error"}`; unknown paths get its HTML page.
  case express
  /// FastAPI: `{"detail"}`; a 422 has a list there; a 500 is plain text.
  case fastAPI
  /// Spring Boot as it comes: `{timestamp,status,error,path}`.
  case spring

  /// The framework's own answer for that status.
  ///
  /// - Parameters:
  ///   - message: what went wrong; the reason phrase of the status if nil.
  ///   - path: of the request; Spring repeats it.
  func error(_ status: Int, message: String? = nil, path: Substring, fields: [(name: String, value: String)] = []) -> Answer {
    let reason = HTTPResponseStatus(statusCode: status).reasonPhrase
    let message = message ?? reason
    switch self {
    case .springWithHandler where status == 401 || status == 403:
      return Answer(status: status, shape: .object, contentType: nil, fields: fields, body: ByteBuffer())
    case .fastAPI where status == 500:
      let body = ByteBuffer(string: "Internal Server Error")
      return Answer(status: 500, shape: .text, contentType: "text/plain; charset=utf-8", fields: fields, body: body)
    default:
      let body = JSONWriter.text { json in
        json.object { writeError(status, reason: reason, message: message, path: path, to: &$0) }
      }
      return Answer(status: status, shape: .object, contentType: contentType, fields: fields, body: body)
    }
  }

  private func writeError(_ status: Int, reason: String, message: String, path: Substring, to json: inout JSONWriter) {
    switch self {
    case .springWithHandler:
      json.member("error", reason)
      json.member("message", message)
    case .express:
      json.member(status == 401 || status == 403 ? "message" : "error", message)
    case .fastAPI where status == 422:
      json.key("detail")
      json.array { Self.writeValidationError(type: "value_error", location: ["body"], message: "Value error", to: &$0) }
    case .fastAPI:
      json.member("detail", message)
    case .spring:
      json.member("timestamp", "2025-09-26T11:19:21.000+00:00")
      json.member("status", status)
      json.member("error", reason)
      json.member("path", String(path))
    }
  }

  /// One entry of FastAPI's `detail` list.
  static func writeValidationError(type: String, location: [String], message: String, to json: inout JSONWriter) {
    json.object { json in
      json.member("type", type)
      json.key("loc")
      json.array { json in
        for step in location { json.string(step) }
      }
      json.member("msg", message)
    }
  }

  /// The answer to a path that the service does not have, or (`allowed` not empty) not with this method.
  func unrouted(_ request: Request, allowed: [HTTPMethod]) -> Answer {
    if self == .express {
      let page =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n"
        + "<body>\n<pre>Cannot \(request.method.rawValue) \(Self.escapedForHTML(request.path))</pre>\n</body>\n</html>\n"
      return Answer(status: 404, shape: .text, contentType: "text/html; charset=utf-8", body: ByteBuffer(string: page))
    }
    guard !allowed.isEmpty else {
      return error(404, message: self == .springWithHandler ? "No endpoint \(request.path)" : nil, path: request.path)
    }
    let methods = allowed.map(\.rawValue).joined(separator: ", ")
    return error(405, path: request.path, fields: [("allow", methods)])
  }

  /// The content type of the service's JSON.
  var contentType: String {
    self == .express ? "application/json; charset=utf-8" : "application/json"
  }

  /// An answer of JSON in this framework's content type.
  func json(_ body: ByteBuffer, shape: Answer.Shape, status: Int = 200) -> Answer {
    Answer(status: status, shape: shape, contentType: contentType, body: body)
  }

  private static func escapedForHTML(_ text: Substring) -> String {
    text.reduce(into: "") { escaped, character in
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.append(character)
      }
    }
  }
}
