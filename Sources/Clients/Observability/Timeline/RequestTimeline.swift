package import NIOCore
import Synchronization
package import Tracing

/// What happened to one request, in order: what explains its answer, and what its section spans are told from.
///
/// An event costs a lock that nobody else wants and a place in an array. What comes after the answer (a refresh in the background) is
/// added too. Bounded: a request with more events than that is itself what one looks for.
package final class RequestTimeline: Sendable {
  package struct Entry: Sendable {
    package let at: NIODeadline
    /// Empty for what is of no section.
    package let section: String
    package let event: TimelineEvent
  }

  package let requestID: String
  /// Our span of the request; upstreams are told of it where no tracer has a better one.
  package let trace: TraceContext
  package let began: NIODeadline
  package let deadline: NIODeadline
  /// Whether it tells of sections that were in memory, too. Most are, of most requests, and nobody asks afterwards.
  package let tellsHits: Bool
  /// Nil without a tracer, and where the trace is not recorded.
  private let spans: SectionSpans?
  private let state = Mutex(State())

  private struct State {
    var entries: [Entry] = []
    var dropped = 0
  }

  package static let limit = 256
  private static let usual = 12

  /// - Parameter span: of the request; nil for no spans below it, or not yet (``tell(_:below:)``).
  package init(
    requestID: String, trace: TraceContext, began: NIODeadline, deadline: NIODeadline, tellsHits: Bool = true,
    span: (any Span)? = nil, tracer: (any Tracer)? = nil
  ) {
    self.requestID = requestID
    self.trace = trace
    self.began = began
    self.deadline = deadline
    self.tellsHits = tellsHits
    spans = tracer.flatMap { tracer in span.map { SectionSpans(tracer, below: $0.context) } }
  }

  package func add(_ event: TimelineEvent, section: String = "", at now: NIODeadline = .now()) {
    state.withLock { state in
      if state.entries.isEmpty { state.entries.reserveCapacity(Self.usual) }
      guard state.entries.count < Self.limit else { return state.dropped += 1 }
      state.entries.append(Entry(at: now, section: section, event: event))
    }
  }

  /// What has happened so far, in order, and how much did not fit.
  package var record: (entries: [Entry], dropped: Int) { state.withLock { ($0.entries, $0.dropped) } }
}

// MARK: Sections

extension RequestTimeline {
  /// A section is being asked for; to be ``sectionEnded(_:state:failure:)``-ed.
  package func sectionBegan(_ section: String) { spans?.began(section) }

  /// - Parameter state: the word of `metadata.sections.*.state`.
  package func sectionEnded(_ section: String, state: String, failure: CallFailure?) {
    let now = NIODeadline.now()
    add(TimelineEvent("section_ended", .end(state: state, reason: failure?.reason)), section: section, at: now)
    guard let spans else { return }
    let entries = record.entries.filter { $0.section == section }
    spans.ended(section, state: state, failure: failure, entries, at: now)
  }

  /// What calls for the section belong under; nil without a tracer.
  func context(of section: String) -> ServiceContext? { spans?.context(of: section) }
}

/// One section of a request's timeline: what a call is given to write to.
package struct SectionTrail: Sendable {
  package let timeline: RequestTimeline
  package let section: String

  package init(_ timeline: RequestTimeline, section: String) {
    self.timeline = timeline
    self.section = section
  }

  package func add(_ event: TimelineEvent) { timeline.add(event, section: section) }

  var context: ServiceContext? { timeline.context(of: section) }
}
