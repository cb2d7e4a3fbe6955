import Synchronization
import Tracing

/// Keeps every span that was begun, and counts how often each was ended.
final class RecordingTracer: Tracer {
  private let begun = Mutex<[RecordedSpan]>([])

  /// In the order in which they began.
  var spans: [RecordedSpan] { begun.withLock { $0 } }

  func spans(named name: String) -> [RecordedSpan] { spans.filter { $0.operationName == name } }

  func startSpan<Instant: TracerInstant>(
    _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
    at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
  ) -> RecordedSpan {
    begun.withLock { begun in
      let span = RecordedSpan(operationName, id: begun.count + 1, kind: kind, below: context())
      begun.append(span)
      return span
    }
  }

  func inject<Carrier, Inject: Injector>(_ context: ServiceContext, into carrier: inout Carrier, using injector: Inject)
  where Inject.Carrier == Carrier {
    guard let id = context.spanID else { return }
    injector.inject("span-\(id)", forKey: "traceparent", into: &carrier)
  }

  func extract<Carrier, Extract: Extractor>(_ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract)
  where Extract.Carrier == Carrier {}

  func forceFlush() {}
}

final class RecordedSpan: Span {
  struct State {
    var name: String
    var attributes = SpanAttributes()
    var status: SpanStatus?
    var ends = 0
  }

  let id: Int
  let kind: SpanKind
  /// The id of the span that it belongs under.
  let parent: Int?
  let context: ServiceContext
  private let state: Mutex<State>

  init(_ name: String, id: Int, kind: SpanKind, below parent: ServiceContext) {
    self.id = id
    self.kind = kind
    self.parent = parent.spanID
    var context = parent
    context.spanID = id
    self.context = context
    state = Mutex(State(name: name))
  }

  /// How often it was ended.
  var ends: Int { state.withLock { $0.ends } }
  var isError: Bool { state.withLock { $0.status?.code == .error } }

  func text(_ name: String) -> String? {
    if case .string(let text) = attributes.get(name) { text } else { nil }
  }

  func number(_ name: String) -> Int64? {
    if case .int64(let number) = attributes.get(name) { number } else { nil }
  }

  var operationName: String {
    get { state.withLock { $0.name } }
    set { state.withLock { $0.name = newValue } }
  }
  var attributes: SpanAttributes {
    get { state.withLock { $0.attributes } }
    set { state.withLock { $0.attributes = newValue } }
  }
  var isRecording: Bool { ends == 0 }

  func setStatus(_ status: SpanStatus) { state.withLock { $0.status = status } }
  func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) { state.withLock { $0.ends += 1 } }
  func addEvent(_ event: SpanEvent) {}
  func recordError<Instant: TracerInstant>(
    _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
  ) {}
  func addLink(_ link: SpanLink) {}
}

extension ServiceContext {
  private enum SpanID: ServiceContextKey {
    typealias Value = Int
  }

  fileprivate(set) var spanID: Int? {
    get { self[SpanID.self] }
    set { self[SpanID.self] = newValue }
  }

  /// What a caller hands down whose own span is number `id`.
  static func below(span id: Int) -> ServiceContext {
    var context = ServiceContext.topLevel
    context.spanID = id
    return context
  }
}
