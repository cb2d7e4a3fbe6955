import Clients
package import Tracing

/// The tracer of a process: W3C Trace Context on the wire, spans that are kept until their request has ended, OTLP to a collector.
///
/// A trace that comes from outside is recorded if whoever began it records it. Of those that begin here a share is, which their ids
/// decide. Beyond that every request is recorded that did not go well (``SpanBuffer``): its upstreams, which had to be told before it was
/// known, have not recorded theirs.
package final class RequestTracer: Tracer {
  private let ratio: Double
  private let sink: SpanBuffer.Sink

  /// - Parameter ratio: of the traces that begin here, 0 to 1.
  init(ratio: Double, sink: @escaping SpanBuffer.Sink) {
    self.ratio = ratio
    self.sink = sink
  }

  package convenience init(ratio: Double, exporter: SpanExporter) {
    self.init(ratio: ratio) { exporter.add($0) }
  }

  package func startSpan<Instant: TracerInstant>(
    _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
    at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
  ) -> TracedSpan {
    let context = context()
    let (parent, reserved) = (context.trace, context.place?.reservedID ?? 0)
    let trace =
      if let parent {
        // With an id alone it begins here.
        parent.below(
          reserved == 0 ? SpanID.random() : reserved, isSampled: parent.spanID == 0 ? parent.traceID.isSampled(ratio: ratio) : nil
        )
      } else {
        begun()
      }
    return TracedSpan(
      operationName, trace: trace, below: parent, kind: kind, start: instant().nanosecondsSinceEpoch, context: context,
      sink: sink)
  }

  private func begun() -> TraceContext {
    let traceID = TraceID.random()
    return TraceContext(traceID: traceID, spanID: SpanID.random(), isSampled: traceID.isSampled(ratio: ratio))
  }

  /// Spans go out by themselves.
  package func forceFlush() {}

  package func extract<Carrier, Extract: Extractor>(
    _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
  ) where Extract.Carrier == Carrier {
    guard let traceparent = extractor.extract(key: "traceparent", from: carrier) else { return }
    context.trace = TraceContext(
      traceparent: traceparent, tracestate: extractor.extract(key: "tracestate", from: carrier))
  }

  package func inject<Carrier, Inject: Injector>(
    _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
  ) where Inject.Carrier == Carrier {
    guard let trace = context.trace, trace.spanID != 0 else { return }
    injector.inject(trace.traceparent, forKey: "traceparent", into: &carrier)
    if let state = trace.state { injector.inject(state, forKey: "tracestate", into: &carrier) }
  }
}
