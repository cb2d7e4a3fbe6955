import Clients
import Tracing

/// A span that is over, as it is exported.
struct SpanRecord: Sendable {
  /// Its own ids, and those of its trace.
  let trace: TraceContext
  /// 0: none.
  let parentID: UInt64
  /// Whether the parent is another service's.
  let isParentRemote: Bool
  let name: String
  let kind: SpanKind
  /// Nanoseconds since 1970.
  let start: UInt64
  let end: UInt64
  let attributes: SpanAttributes
  let events: [SpanEvent]
  let droppedEvents: Int
  let links: [TraceContext]
  let status: SpanStatus?
}
