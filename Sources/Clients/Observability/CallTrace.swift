import NIOHTTP1
import Tracing

/// The spans of one call to an upstream: one for the call, as its caller sees it, and below it one for each try on the wire.
///
/// The attributes are those of the semantic conventions for HTTP client spans. `url.full`, which they ask for as well, is left out:
/// a target holds ids.
final class CallTrace {
  private let tracer: any Tracer
  private let span: any Span
  private let method: String
  private var attempts = 0

  init(_ call: UpstreamCall, upstream: String, tracer: any Tracer) {
    self.tracer = tracer
    method = call.method.rawValue
    span = tracer.startSpan("upstream \(upstream)", context: call.context ?? call.trail?.context ?? .topLevel, ofKind: .client)
    span.attributes["http.request.method"] = method
  }

  /// A try begins, to one endpoint; it must be ``AttemptTrace/ended(_:)``.
  func attemptBegan(_ kind: AttemptKind, to endpoint: Endpoint) -> AttemptTrace {
    let span = tracer.startSpan(method, context: span.context, ofKind: .client)
    span.updateAttributes {
      $0["http.request.method"] = method
      $0["server.address"] = endpoint.host
      $0["server.port"] = endpoint.port
      $0["tributary.attempt.kind"] = kind.rawValue
      if attempts > 0 { $0["http.request.resend_count"] = attempts }
    }
    attempts += 1
    return AttemptTrace(span, tracer)
  }

  /// Once. Tries that lost, or that nobody waits for, may end a little later.
  func ended(_ failure: CallFailure?) {
    if let failure { span.failed(failure, as: failure.reason.rawValue) }
    span.end()
  }
}

/// The span of one try.
final class AttemptTrace {
  private let tracer: any Tracer
  private let span: any Span

  fileprivate init(_ span: any Span, _ tracer: any Tracer) {
    self.span = span
    self.tracer = tracer
  }

  /// Tells the upstream which span its own belong under (`traceparent`, or what else the tracer speaks).
  func inject(into headers: inout HTTPHeaders) {
    tracer.inject(span.context, into: &headers, using: FieldInjector())
  }

  /// Once.
  func ended(_ outcome: CallInFlight.Outcome) {
    switch outcome {
    case .success(let reply): span.attributes["http.response.status_code"] = reply.status
    case .failure(let failure):
      if let status = failure.receivedStatus { span.attributes["http.response.status_code"] = status }
      // The conventions want the number where a status is the error, else a word from a closed list.
      let status = failure.receivedStatus.flatMap { $0 >= 400 ? String($0) : nil }
      span.failed(failure, as: status ?? failure.reason.rawValue)
    }
    span.end()
  }
}

extension Span {
  /// Nobody waited any more: that is no error.
  fileprivate func failed(_ failure: CallFailure, as type: String) {
    attributes["error.type"] = type
    if failure.reason != .cancelled { setStatus(SpanStatus(code: .error)) }
  }
}

/// In place of what a caller may have sent under the same name.
private struct FieldInjector: Injector {
  func inject(_ value: String, forKey key: String, into headers: inout HTTPHeaders) {
    headers.replaceOrAdd(name: key, value: value)
  }
}

extension SectionTrail {
  /// Without a tracer the upstream is told of the request's own span: whoever follows the trace finds no gap.
  func inject(into headers: inout HTTPHeaders) {
    headers.replaceOrAdd(name: "traceparent", value: timeline.trace.traceparent)
    if let state = timeline.trace.state { headers.replaceOrAdd(name: "tracestate", value: state) }
  }
}
