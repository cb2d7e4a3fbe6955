import HTTPTypes
import Hummingbird
import NIOCore
import RawJSON

/// An error that a client sees, as `application/problem+json` (RFC 9457). Says what the client can do; never carries exception
/// text, a path of ours, an upstream's address or anything that an upstream sent.
struct Problem: Error, Equatable {
  let status: HTTPResponse.Status
  let detail: String
  var headers: HTTPFields = [:]

  static func badRequest(_ detail: String) -> Problem { Problem(status: .badRequest, detail: detail) }
  static let notFound = Problem(status: .notFound, detail: "There is nothing at this path. The README lists the endpoints.")
  static let internalError = Problem(
    status: .internalServerError, detail: "Something went wrong in the gateway. Its log has the details under this request id.")

  static func methodNotAllowed(allow: [HTTPRequest.Method]) -> Problem {
    let allowed = allow.map(\.rawValue).joined(separator: ", ")
    return Problem(
      status: .methodNotAllowed, detail: "This path answers \(allowed).", headers: [.allow: allowed])
  }

  /// - Parameters:
  ///   - instance: the path that was asked for, without its query; nil if that could not be read.
  ///   - requestID: the `X-Request-Id` under which the log has it.
  func response(instance: String?, requestID: String) -> Response {
    answer(instance: instance, requestID: requestID).response
  }

  /// The same, with its body at hand.
  func answer(instance: String?, requestID: String) -> (response: Response, body: ByteBuffer) {
    var writer = JSONWriter()
    writer.beginObject()
    Self.write(status: status, detail: detail, instance: instance, requestID: requestID, to: &writer)
    writer.endObject()
    let body = ByteBuffer(bytes: writer.bytes)
    return (Self.response(status: status, headers: headers, body: body), body)
  }

  /// The members that every problem has. `type` is `about:blank`: the status says what kind it is (RFC 9457 §4.2.1).
  static func write(
    status: HTTPResponse.Status, detail: String, instance: String?, requestID: String, to writer: inout JSONWriter
  ) {
    writer.key("type")
    writer.string("about:blank")
    writer.key("title")
    writer.string(status.reasonPhrase)
    writer.key("status")
    writer.int(status.code)
    writer.key("detail")
    writer.string(detail)
    if let instance {
      writer.key("instance")
      writer.string(instance)
    }
    writer.key("request_id")
    writer.string(requestID)
  }

  static func response(status: HTTPResponse.Status, headers: HTTPFields, body: JSONWriter) -> Response {
    response(status: status, headers: headers, body: ByteBuffer(bytes: body.bytes))
  }

  private static func response(status: HTTPResponse.Status, headers: HTTPFields, body: ByteBuffer) -> Response {
    var headers = headers
    headers[.contentType] = "application/problem+json"
    headers[.cacheControl] = "no-store"
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
  }
}
