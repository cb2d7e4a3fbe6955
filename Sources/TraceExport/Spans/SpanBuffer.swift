import Clients
import Synchronization
import Tracing

/// The spans of one request, until it ends: only then it is known whether anybody wants them.
///
/// Kept are those of a trace that is sampled, and those of every request that did not go well: its own span is an error, or says that
/// its answer was not complete. What ends after the request goes the way of the others.
final class SpanBuffer: Sendable {
  typealias Sink = @Sendable ([SpanRecord]) -> Void

  private enum Fate { case open, kept, thrownAway }

  private struct State {
    var fate = Fate.open
    var records: [SpanRecord] = []
  }

  /// More than a request with every retry and hedge has.
  static let limit = 512

  private let isSampled: Bool
  private let sink: Sink
  private let state = Mutex(State())

  init(isSampled: Bool, sink: @escaping Sink) {
    self.isSampled = isSampled
    self.sink = sink
  }

  /// - Parameter isRoot: it is the request's own.
  func ended(_ record: SpanRecord, isRoot: Bool) {
    let records: [SpanRecord] = state.withLock { state in
      switch state.fate {
      case .thrownAway: return []
      case .kept: return [record]
      case .open:
        if state.records.count < Self.limit || isRoot { state.records.append(record) }
        guard isRoot else { return [] }
        state.fate = isSampled || record.isTrouble ? .kept : .thrownAway
        defer { state.records = [] }
        return state.fate == .kept ? state.records : []
      }
    }
    if !records.isEmpty { sink(records) }
  }
}

extension SpanRecord {
  /// The attribute of a request's own span that says how complete its answer is.
  static let outcome = "tributary.outcome"

  fileprivate var isTrouble: Bool {
    if status?.code == .error { return true }
    if case .string(let outcome)? = attributes.get(Self.outcome) { return outcome != "complete" }
    return false
  }
}

extension ServiceContext {
  /// Of the request that the context is in; nil outside of one.
  var spanBuffer: SpanBuffer? { place?.attachment as? SpanBuffer }
}
