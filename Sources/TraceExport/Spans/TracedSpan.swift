import Clients
import Synchronization
package import Tracing

/// A span under way. When it ends it goes to the buffer of its request, which decides what becomes of it.
package final class TracedSpan: Span {
  package let context: ServiceContext
  private let trace: TraceContext
  private let parent: TraceContext?
  private let isLocalRoot: Bool
  private let kind: SpanKind
  private let start: UInt64
  private let buffer: SpanBuffer
  private let state: Mutex<State>

  private struct State {
    var name: String
    var attributes = SpanAttributes()
    var events: [SpanEvent] = []
    var droppedEvents = 0
    var links: [TraceContext] = []
    var status: SpanStatus?
    var hasEnded = false
  }

  static let maxEvents = 128
  static let maxLinks = 32

  /// - Parameter sink: where what is kept goes.
  init(
    _ name: String, trace: TraceContext, below parent: TraceContext?, kind: SpanKind, start: UInt64, context: ServiceContext,
    sink: @escaping SpanBuffer.Sink
  ) {
    self.trace = trace
    self.parent = parent
    self.kind = kind
    self.start = start
    let known = context.spanBuffer
    isLocalRoot = known == nil
    buffer = known ?? SpanBuffer(isSampled: trace.isSampled, sink: sink)
    var context = context
    context.place = TracePlace(trace, attachment: buffer)
    self.context = context
    state = Mutex(State(name: name))
  }

  package var operationName: String {
    get { state.withLock { $0.name } }
    set { state.withLock { if !$0.hasEnded { $0.name = newValue } } }
  }

  package var attributes: SpanAttributes {
    get { state.withLock { $0.attributes } }
    set { state.withLock { if !$0.hasEnded { $0.attributes = newValue } } }
  }

  package var isRecording: Bool { state.withLock { !$0.hasEnded } }

  package func setStatus(_ status: SpanStatus) { state.withLock { if !$0.hasEnded { $0.status = status } } }

  package func addEvent(_ event: SpanEvent) {
    state.withLock { state in
      guard !state.hasEnded else { return }
      guard state.events.count < Self.maxEvents else { return state.droppedEvents += 1 }
      state.events.append(event)
    }
  }

  package func recordError<Instant: TracerInstant>(
    _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
  ) {
    // The type alone: a text may hold what came from outside.
    var attributes = attributes
    attributes["exception.type"] = "\(type(of: error))"
    addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
  }

  package func addLink(_ link: SpanLink) {
    guard let linked = link.context.trace else { return }
    state.withLock { if !$0.hasEnded, $0.links.count < Self.maxLinks { $0.links.append(linked) } }
  }

  /// The first time counts.
  package func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
    let end = instant().nanosecondsSinceEpoch
    let ended: State? = state.withLock { state in
      guard !state.hasEnded else { return nil }
      state.hasEnded = true
      return state
    }
    guard let ended else { return }
    let parentID = parent?.spanID ?? 0
    let record = SpanRecord(
      trace: trace, parentID: parentID, isParentRemote: isLocalRoot && parentID != 0, name: ended.name, kind: kind,
      start: start, end: max(start, end), attributes: ended.attributes, events: ended.events, droppedEvents: ended.droppedEvents,
      links: ended.links, status: ended.status)
    buffer.ended(record, isRoot: isLocalRoot)
  }
}
