import Aggregation
import Clients
import HTTPTypes
import Hummingbird
import NIOCore
import RawJSON

/// `GET /api/dashboard/consolidated` and `/summary`.
struct DashboardRoutes: Sendable {
  private let aggregator: Aggregator
  private let deadline: TimeAmount
  private let identityFields: [(field: HTTPField.Name, name: String)]

  /// - Parameter identityFields: the header fields that any upstream may be given, lower case.
  init(aggregator: Aggregator, deadline: TimeAmount, identityFields: [String]) {
    self.aggregator = aggregator
    self.deadline = deadline
    self.identityFields = identityFields.compactMap { name in HTTPField.Name(name).map { ($0, name) } }
  }

  func consolidated(_ request: Request, _ context: GatewayContext) async throws(Problem) -> Response {
    try await answer(request, context) { await aggregator.consolidated($0) }
  }

  func summary(_ request: Request, _ context: GatewayContext) async throws(Problem) -> Response {
    try await answer(request, context) { await aggregator.summary($0) }
  }

  private func answer(
    _ request: Request, _ context: GatewayContext, _ document: (DocumentRequest) async -> Document
  ) async throws(Problem) -> Response {
    let preferences = Preferences(request.headers)
    var response = response(to: request, context, await document(try documentRequest(request, context, preferences)))
    response.headers[.preferenceApplied] = preferences.applied
    return response
  }

  private func documentRequest(
    _ request: Request, _ context: GatewayContext, _ preferences: Preferences
  ) throws(Problem) -> DocumentRequest {
    let patience = preferences.wait.map { min(deadline, .seconds(Int64($0))) } ?? deadline
    return DocumentRequest(
      user: try UserIDParameter.value(in: request.uri.query), identity: identity(of: request), requestID: context.requestID,
      deadline: context.received + patience, isHurried: patience < deadline, isStrict: preferences.isStrict,
      eventLoop: context.eventLoop)
  }

  private func identity(of request: Request) -> [HeaderField] {
    identityFields.compactMap { field, name in request.headers[field].map { HeaderField(name: name, value: $0) } }
  }

  private func response(to request: Request, _ context: GatewayContext, _ document: Document) -> Response {
    context.record.sections = document.sections
    var response: Response
    switch document.content {
    case .pieces(let pieces): response = Self.response(pieces, isComplete: document.isComplete)
    case .refused(let refusal): response = Self.problem(refusal, request, context)
    }
    response.headers[.serverTiming] = document.sections.serverTiming
    response.headers[.proxyStatus] = document.sections.proxyStatus
    return response
  }

  private static func response(_ pieces: [ByteBuffer], isComplete: Bool) -> Response {
    let headers: HTTPFields = [
      .contentType: "application/json",
      // A partial answer is cacheable by nobody; a complete one must be asked for again, since it has no validator yet.
      .cacheControl: isComplete ? "private, no-cache" : "no-store",
    ]
    let body = pieces.count == 1 ? ResponseBody(byteBuffer: pieces[0]) : ResponseBody(contentsOf: pieces)
    return Response(status: .ok, headers: headers, body: body)
  }

  /// There is no document, only what is known of the sections.
  private static func problem(_ refusal: DocumentRefusal, _ request: Request, _ context: GatewayContext) -> Response {
    let status: HTTPResponse.Status = refusal.isTimeout ? .gatewayTimeout : .serviceUnavailable
    var writer = JSONWriter(capacity: 1024)
    writer.object { writer in
      Problem.write(
        status: status, detail: refusal.reason.sentence, instance: request.uri.path, requestID: context.requestID, to: &writer)
      refusal.write(to: &writer)
    }
    return Problem.response(status: status, headers: [.retryAfter: "5"], body: writer)
  }
}

extension DocumentRefusal.Reason {
  fileprivate var sentence: String {
    switch self {
    case .nothingThere: "None of the services behind this document answered. Try again shortly."
    case .requiredMissing: "A section that this document must have is missing. Try again shortly."
    case .incomplete: "The document is not complete, and the request prefers none to a partial one. Try again shortly."
    }
  }
}
