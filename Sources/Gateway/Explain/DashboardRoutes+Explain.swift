import Aggregation
import Clients
import HTTPTypes
import Hummingbird
import NIOCore
import RawJSON
import Resilience

/// `explain=1`: what happened, in place of the document.
extension DashboardRoutes {
  /// - Throws: for who may not ask.
  func isExplained(_ query: QueryParameters, _ context: GatewayContext) throws(Problem) -> Bool {
    guard try ExplainParameter.value(in: query) else { return false }
    guard access.explains(to: context.principal, isOpen: explains) else {
      context.record.refusal = "not_explained"
      throw .notExplained
    }
    return true
  }

  /// The document has been put together as it would have been, and is left out. Stored nowhere, given to nobody else.
  ///
  /// - Parameter body: of the document; empty where there is none.
  static func explanation(
    of document: Document, _ body: DocumentBody, _ timeline: RequestTimeline, _ request: Request,
    _ context: inout GatewayContext
  ) -> Response {
    context.record.isExplanation = true
    var status = 200
    switch document.content {
    case .pieces:
      let size = body.pieces.reduce(0) { $0 + $1.readableBytes }
      timeline.add(TimelineEvent("merged", .number(Int64(size), unit: "bytes")))
    case .refused(let refusal):
      status = refusal.isTimeout ? 504 : 503
      timeline.add(TimelineEvent("no_document"))
    }
    let took = Duration.between(timeline.began, .now())
    let entry = RequestEntry(
      at: Timestamp(milliseconds: Timestamp.now().milliseconds - Int64(took / .milliseconds(1))), route: request.uri.path,
      status: status, took: took, sections: document.sections, parameters: [], timeline: timeline)
    var writer = JSONWriter(capacity: 8192)
    entry.write(to: &writer, isListed: false)
    return Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes)))
  }
}

extension RequestTimeline {
  /// Of a request, from when it was received.
  convenience init(_ context: GatewayContext, until deadline: NIODeadline, isExplained: Bool) {
    let trace = context.trace ?? RequestTrace(TraceContext(traceID: .random(), spanID: SpanID.random(), isSampled: false))
    self.init(
      requestID: context.requestID, trace: trace.context, began: context.received, deadline: deadline,
      tellsHits: isExplained || trace.tracer != nil, span: trace.span, tracer: trace.tracer)
  }
}
