package import Tracing

/// Where in a trace something is begun: below which span, and what the tracer keeps for all that is below.
package final class TracePlace: Sendable {
  package let trace: TraceContext
  /// The id that the next span takes; 0: any. For one that has been told to others before it was known whether it is recorded.
  package let reservedID: UInt64
  /// The tracer's own.
  package let attachment: (any Sendable & AnyObject)?

  package init(_ trace: TraceContext, reservedID: UInt64 = 0, attachment: (any Sendable & AnyObject)? = nil) {
    self.trace = trace
    self.reservedID = reservedID
    self.attachment = attachment
  }
}

extension ServiceContext {
  private enum PlaceKey: ServiceContextKey {
    typealias Value = TracePlace
  }

  package var place: TracePlace? {
    get { self[PlaceKey.self] }
    set { self[PlaceKey.self] = newValue }
  }

  /// The span that whatever is begun with this context belongs under.
  package var trace: TraceContext? {
    get { place?.trace }
    set { place = newValue.map { TracePlace($0) } }
  }
}
