import Aggregation
import Clients
import HTTPTypes
import Hummingbird
import NIOCore
package import Tracing

/// The trace that each request is in: the client's, or one that begins here; and, where there is a tracer, the request's span.
///
/// Without a tracer a trace is passed on all the same: with a span id of ours, so that upstreams and lines of logs can be told together.
package struct EdgeTracing: Sendable {
  /// Nil: no spans.
  let tracer: (any Tracer)?
  /// Of the traces that begin here, those that are recorded. The tracer's own ratio.
  private let ratio: Double
  /// Whoever asks for these paths all the time wants no span of it.
  var untracedPaths: Set<String> = []

  package init(tracer: (any Tracer)? = nil, ratio: Double = 0) {
    self.tracer = tracer
    self.ratio = ratio
  }

  /// The client's trace, or the id of one that begins here: the request's own where we have made that one, to be looked for under one id.
  func incoming(_ fields: HTTPFields, requestID: String) -> TraceContext {
    if let traceparent = fields[.traceparent],
      let trace = TraceContext(traceparent: traceparent, tracestate: fields[.tracestate])
    {
      return trace
    }
    let own = fields[.requestID] == requestID ? nil : TraceID(requestID)
    let traceID = own ?? TraceID.random()
    return TraceContext(traceID: traceID, isSampled: tracer != nil && traceID.isSampled(ratio: ratio))
  }

  /// A request begins: our place in its trace, and its span if it is recorded; to be ended by ``ended(_:_:_:_:_:)``.
  func began(_ request: Request, requestID: String, at received: NIODeadline) -> RequestTrace {
    let incoming = incoming(request.headers, requestID: requestID)
    let own = incoming.below(SpanID.random())
    guard let tracer, !untracedPaths.contains(request.uri.path) else { return RequestTrace(own) }
    let span = own.isSampled ? begun(request, incoming, own.spanID, tracer, at: EdgeInstant(received)) : nil
    return RequestTrace(own, below: incoming, span: span, tracer: tracer)
  }

  /// A request has ended. One that was not to be recorded is all the same if it did not go well: its spans are made now.
  ///
  /// - Parameter sections: of a document.
  func ended(
    _ trace: RequestTrace, _ request: Request, _ response: Response, _ context: GatewayContext, _ sections: [SectionReport]
  ) {
    guard let tracer = trace.tracer else { return }
    let isError = response.status.code >= 500
    let outcome = sections.outcome(isRefused: isError)
    var span = trace.span
    // A client that has left is no trouble of ours.
    if span == nil, !Task.isCancelled, isError || outcome.map({ $0 != "complete" }) ?? false {
      span = begun(request, trace.incoming, trace.context.spanID, tracer, at: EdgeInstant(context.received))
      if let span { context.record.timeline?.tell(tracer, below: span.context) }
    }
    span?.ended(response, route: context.endpointPath, outcome: outcome, requestID: context.requestID)
  }

  /// An answer was given again: a span for it, if its trace is recorded.
  ///
  /// - Returns: the trace that the access line tells.
  func gaveAgain(
    _ request: Request, _ response: Response, route: String?, _ fields: HTTPFields, requestID: String, took: Duration
  ) -> TraceID {
    let incoming = incoming(fields, requestID: requestID)
    if let tracer, incoming.isSampled {
      let span = begun(request, incoming, SpanID.random(), tracer, at: EdgeInstant(.now() - TimeAmount(took)))
      span.attributes["tributary.given_again"] = true
      span.ended(response, route: route, outcome: "complete", requestID: requestID)
    }
    return incoming.traceID
  }

  private func begun(
    _ request: Request, _ incoming: TraceContext, _ spanID: UInt64, _ tracer: any Tracer, at began: EdgeInstant
  ) -> any Span {
    var context = ServiceContext.topLevel
    context.place = TracePlace(incoming, reservedID: spanID)
    let span = tracer.startSpan(request.method.rawValue, context: context, ofKind: .server, at: began)
    span.updateAttributes {
      $0["http.request.method"] = request.method.rawValue
      $0["url.scheme"] = request.head.scheme ?? "http"
    }
    return span
  }
}

/// Our place in the trace of one request. A class, because a request's context is copied often.
final class RequestTrace: Sendable {
  /// What is below belongs under this span.
  let context: TraceContext
  /// What the request came with.
  let incoming: TraceContext
  /// Nil without a tracer, and where the trace is not recorded.
  let span: (any Span)?
  /// Nil where no span is wanted.
  let tracer: (any Tracer)?

  init(_ context: TraceContext, below incoming: TraceContext? = nil, span: (any Span)? = nil, tracer: (any Tracer)? = nil) {
    self.context = context
    self.incoming = incoming ?? context
    self.span = span
    self.tracer = tracer
  }
}

extension Span {
  /// By the semantic conventions for HTTP servers. The path stands for itself only as the route that it matched: others hold what a client
  /// puts into them.
  ///
  /// - Parameter outcome: of a document: how much of it was there.
  fileprivate func ended(_ response: Response, route: String?, outcome: String?, requestID: String) {
    updateAttributes {
      $0["http.response.status_code"] = response.status.code
      $0["tributary.request.id"] = requestID
      if let route {
        $0["http.route"] = route
        $0["url.path"] = route
      }
      if let outcome { $0["tributary.outcome"] = outcome }
      if response.status.code >= 500 { $0["error.type"] = String(response.status.code) }
    }
    if let route { operationName += " \(route)" }
    if response.status.code >= 500 { setStatus(SpanStatus(code: .error)) }
    end()
  }
}

/// A moment of the loops' clock as the wall clock tells it.
private struct EdgeInstant: TracerInstant {
  let nanosecondsSinceEpoch: UInt64

  init(_ moment: NIODeadline) {
    let (wall, ago) = (DefaultTracerClock.now.nanosecondsSinceEpoch, (NIODeadline.now() - moment).nanoseconds)
    nanosecondsSinceEpoch = wall - min(UInt64(clamping: ago), wall)
  }

  static func < (left: EdgeInstant, right: EdgeInstant) -> Bool { left.nanosecondsSinceEpoch < right.nanosecondsSinceEpoch }
}

extension HTTPField.Name {
  static let traceparent = HTTPField.Name("traceparent")!
  static let tracestate = HTTPField.Name("tracestate")!
}
